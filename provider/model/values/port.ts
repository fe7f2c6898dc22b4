/** A port or a range of ports, first and last inclusive, 1 to 65535. */
export interface Port {
  readonly first: number;
  readonly last: number;
}
