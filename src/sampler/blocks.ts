import { isActive, type Space } from "../core/space.ts";
import { memo } from "./memo.ts";

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
  const byCondition = new Map<string, { members: number[]; ancestors: number[] }>();
  const blockOf: { members: number[]; ancestors: number[] }[] = [];
  space.params.forEach(({ when }, i) => {
    const key = JSON.stringify([...when].sort((a, b) => a.parent - b.parent));
    let block = byCondition.get(key);
    if (!block) {
      const above = new Set<number>();
      for (const { parent } of when) {
        for (const p of [...blockOf[parent]!.ancestors, ...blockOf[parent]!.members]) above.add(p);
      }
      block = { members: [], ancestors: [...above].sort((a, b) => a - b) };
      byCondition.set(key, block);
    }
    block.members.push(i);
    blockOf[i] = block;
  });
  return inOrder([...byCondition.values()]);
}

/** A block comes after all of its ancestors, wherever its first member stands in the space. */
function inOrder(blocks: readonly Block[]): Block[] {
  return [...blocks].sort((a, b) => a.ancestors.length - b.ancestors.length);
}

/** Whether the block's params exist in this row, whose ancestors are set. */
export function isBlockActive(space: Space, row: Float64Array, block: Block): boolean {
  return isActive(space, row, block.members[0]!);
}
