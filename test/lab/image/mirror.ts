/** Where Debian's packages come from: the mirror that this machine's own apt uses. */
import { execa } from "execa";

/** A Debian archive. */
export interface Mirror {
  url: string;
  /** Proxy for debootstrap's downloads, if apt has one. */
  proxy?: string;
}

const FORMAT = "$(LABEL)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)";

/**
 * The archive that has `suite` ("bookworm"): `$KVMNET_DEBIAN_MIRROR`, else what apt's sources name for that suite, else
 * for another suite of Debian, since one archive has them all. `update` fetches apt's lists, which tell what is what.
 * @throws if apt knows no Debian archive.
 */
export async function debianMirror(suite: string, update: () => Promise<void>): Promise<Mirror> {
  const proxy = await aptProxy();
  const own = process.env.KVMNET_DEBIAN_MIRROR;
  const url = own ?? (await fromApt(suite)) ?? (await update().then(() => fromApt(suite)));
  if (!url) {
    throw new Error("apt has no Debian archive among its sources; set KVMNET_DEBIAN_MIRROR to the URL of one");
  }
  return proxy ? { url, proxy } : { url };
}

async function fromApt(suite: string): Promise<string | undefined> {
  const query = ["indextargets", "--format", FORMAT, "Created-By: Packages"];
  const { stdout } = await execa("apt-get", query, { reject: false });
  const archives = stdout
    .split("\n")
    .map((line) => line.split("|"))
    .filter(([label, , component]) => label === "Debian" && component === "main");
  const exact = archives.find(([, codename]) => codename === suite);
  return (exact ?? archives[0])?.[3];
}

async function aptProxy(): Promise<string | undefined> {
  const { stdout } = await execa("apt-config", ["dump", "--format", "%v%n", "Acquire::http::Proxy"], { reject: false });
  return stdout.trim() || undefined;
}
