/**
 * What the state of every stack refers to. A resource's `__provider` is the string
 * `exports.handler=()=>require("pulumi-kvmnet/provider").bridge`, so these names are public interface for ever.
 */
import { dynamicProvider } from "./lifecycle/adapter.ts";
import { stateOnlyProvider } from "./lifecycle/state-only.ts";
import * as resources from "./resources/index.ts";
import { subnetPool as pool } from "./resources/subnet-pool.ts";

export const bridge = dynamicProvider(resources.bridge);
export const dnsmasqInstance = dynamicProvider(resources.dnsmasqInstance);
export const dummyIface = dynamicProvider(resources.dummyIface);
export const guestFilter = dynamicProvider(resources.guestFilter);
export const hostFirewall = dynamicProvider(resources.hostFirewall);
export const libvirtNetwork = dynamicProvider(resources.libvirtNetwork);
export const natNetwork = dynamicProvider(resources.natNetwork);
export const portForward = dynamicProvider(resources.portForward);
export const vmInterface = dynamicProvider(resources.vmInterface);
export const subnetPool = stateOnlyProvider(pool);
