/** A run of one schedule: choices as given, then the first of each that is new. */
export class Path {
  readonly choices: { chosen: number; readonly of: number }[];
  #at = 0;
  constructor(choices: readonly { chosen: number; of: number }[]) {
    this.choices = choices.map((choice) => ({ ...choice }));
  }
  get isNew(): boolean {
    return this.#at >= this.choices.length;
  }
  choose(of: number): number {
    if (this.isNew) this.choices.push({ chosen: 0, of });
    return this.choices[this.#at++]?.chosen ?? 0;
  }
  /** The next one in depth-first order. */
  next(): Path | undefined {
    const index = this.choices.findLastIndex(({ chosen, of }) => chosen + 1 < of);
    const last = this.choices[index];
    if (last === undefined) return undefined;
    return new Path([...this.choices.slice(0, index), { ...last, chosen: last.chosen + 1 }]);
  }
  toString(): string {
    return this.choices
      .map(({ chosen }) => chosen)
      .join('.')
      .replace(/(?:\.0)+$/, '');
  }
  static parse(text: string): Path {
    return new Path(text.split('.').map((chosen) => ({ chosen: Number(chosen), of: 0 })));
  }
}
