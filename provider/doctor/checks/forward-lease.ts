import type { Check, Remark } from "../finding.ts";
import { forwardsOf, forwardText, networkOf } from "../forwards.ts";
import { within } from "../packets/addresses.ts";
import { rangesOf, serves } from "../picture/dnsmasq.ts";

/** A forward leads to an address that its guest keeps: none that DHCP gives to whoever comes next. */
export const forwardLease: Check = {
  name: "forward-lease",
  fault: "in the way",
  needs: ["forward-target", "dhcp-server"],
  look: (scene) =>
    forwardsOf(scene).flatMap((leading): Remark[] => {
      const { to } = leading.forward;
      const network = networkOf(scene, leading);
      const server = network && scene.picture.dnsmasqs.find((one) => serves(one, network.bridge));
      if (!network || !server || server.reservations.some(({ address }) => address === to)) return [];
      const range = rangesOf(server).find(({ first, last }) => within(to, `${first}-${last}`));
      if (!range) return [];
      const evidence = `${to} is leased to whoever asks (${range.first}-${range.last}), and reserved for nobody`;
      const fix = "Reserve it for the guest, or lead the forward to an address outside of that range.";
      return [{ verdict: "warning", subject: `forward ${forwardText(leading)}`, on: network.bridge, evidence, fix }];
    }),
};
