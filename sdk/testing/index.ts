/** `pulumi-kvmnet/testing`: unit tests of programs, with everything that needs no host. */

export type { MockHost } from "./mock-host.ts";
export { KvmnetMocks, type MocksArgs, mocks, type Registered } from "./mocks.ts";
