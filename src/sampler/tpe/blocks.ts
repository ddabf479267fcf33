import { isActive, type Space } from "../../core/space/space.ts";
import { memo } from "../memo.ts";

/** Params with the same conditions: in a trial all of them are active, or none. */
export interface Block {
  /** Indices of the params in the space, ascending. */
  readonly members: readonly number[];
  /** Indices of the params in the blocks of their parents, and in the blocks above those; they are set first. */
  readonly ancestors: readonly number[];
}

/** The blocks of a space, parents first. A space without conditions has one. */
export const blocksOf = memo(findBlocks);

function findBlocks(space: Space): Block[] {
  const byCondition = new Map<string, { members: number[]; parents: readonly number[] }>();
  const keys = space.params.map(({ when }) => JSON.stringify([...when].sort((a, b) => a.parent - b.parent)));
  space.params.forEach(({ when }, i) => {
    const block = byCondition.get(keys[i]!);
    if (block) block.members.push(i);
    else byCondition.set(keys[i]!, { members: [i], parents: when.map(({ parent }) => parent) });
  });
  const above = (key: string): number[] => {
    const { parents } = byCondition.get(key)!;
    return parents.flatMap((parent) => [...above(keys[parent]!), ...byCondition.get(keys[parent]!)!.members]);
  };
  const blocks = [...byCondition].map(([key, { members }]): Block => {
    return { members, ancestors: [...new Set(above(key))].sort((a, b) => a - b) };
  });
  // A block has all ancestors of its parents' blocks and the members of these, so parents have fewer ancestors.
  return blocks.sort((a, b) => a.ancestors.length - b.ancestors.length);
}

/** Whether the block is active in this row, in which its ancestors must be set already. */
export function isBlockActive(space: Space, row: Float64Array, block: Block): boolean {
  return isActive(space, row, block.members[0]!);
}
