/** Domains of libvirt's QEMU driver in a quick host, for hot-plug: started paused, so that nothing has to boot without KVM. */
import type { QuickHost } from "./host.ts";

/** A domain to define. */
export interface DomainOptions {
  name: string;
  /** How many NICs can be attached to it live; 4 if unset. */
  slots?: number;
  /** XML of devices it has from the start. */
  devices?: string;
}

/**
 * Defines a domain at `qemu:///system` and starts it paused, within a second. It takes attach, update and detach, live and
 * stored, in some 50 ms each.
 */
export async function startPausedDomain(host: QuickHost, options: DomainOptions): Promise<void> {
  const file = `/tmp/${options.name}.xml`;
  const virsh = "virsh --quiet --connect qemu:///system";
  const script = `cat > ${file} && ${virsh} define ${file} && rm ${file} && ${virsh} start --paused ${options.name}`;
  await host.exec(script, { input: domainXml(options) });
}

/** Its XML. */
export function domainXml({ name, slots = 4, devices = "" }: DomainOptions): string {
  const ports = "<controller type='pci' model='pcie-root-port'/>".repeat(slots + 2);
  // With QEMU's default, ACPI hot-plug, an unplug waits for the guest's system to agree, and there is none. With PCIe's own, a
  // slot that no guest has powered on lets go at once.
  const acpi = "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off";
  return `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>${name}</name>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
    <controller type='pci' index='0' model='pcie-root'/>${ports}
    ${devices}
  </devices>
  <qemu:commandline><qemu:arg value='-global'/><qemu:arg value='${acpi}'/></qemu:commandline>
</domain>
`;
}
