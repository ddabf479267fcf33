import { isActive, type Space } from "../../core/space/space.ts";
import { memo } from "../memo.ts";

/** Params that are active in the same trials: all of them, or none. */
export interface Block {
  /** Places in the space, in order. */
  readonly members: readonly number[];
  /** The params of the blocks that this one hangs under, which are set before it. */
  readonly ancestors: readonly number[];
}

/** The blocks of a space, parents first. Without conditions there is one. */
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
  // A block has all ancestors of its parent, and the parent's block: fewer ancestors come first.
  return blocks.sort((a, b) => a.ancestors.length - b.ancestors.length);
}

/** Whether the block's params exist in this row, whose ancestors are set. */
export function isBlockActive(space: Space, row: Float64Array, block: Block): boolean {
  return isActive(space, row, block.members[0]!);
}
