import { mkdirSync } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { io, LayersModel, Tensor } from "@tensorflow/tfjs";
import type { Checkpoint } from "../../core/checkpoint.ts";
import { BelayError, show } from "../../core/error.ts";
import { isName, NAME_RULE } from "../../core/name.ts";
import type { TensorFlow } from "../../tensorflow/namespace.ts";

/** The stored form of a tensor. */
interface StoredTensor {
  readonly belay: "tensor";
  readonly dtype: Tensor["dtype"];
  readonly shape: number[];
  readonly values: Float32Array | Int32Array | Uint8Array | string[];
}

/** The stored form of a Layers model. */
interface StoredModel {
  readonly belay: "model";
  readonly artifacts: io.ModelArtifacts;
}

/** Creates the checkpoint of one trial, which stores each saved name as a file in the folder. */
export function checkpointIn(folder: string, tf: TensorFlow | null): Checkpoint {
  let saves = 0;
  return {
    get folder() {
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    async save(name, data) {
      const target = fileOf(folder, name);
      const bytes = serialize(await pack(data, tf));
      await mkdir(folder, { recursive: true });
      const draft = join(folder, `.${name}.${process.pid}-${saves++}`);
      try {
        const file = await open(draft, "w");
        try {
          await file.writeFile(bytes);
          await file.sync(); // the name must never point to a partial file, not even after a power failure
        } finally {
          await file.close();
        }
        await rename(draft, target);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },
    async load<Data>(name: string): Promise<Data | null> {
      const bytes = await readFile(fileOf(folder, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return null;
        throw error;
      });
      return bytes === null ? null : ((await unpack(deserialize(bytes), tf)) as Data);
    },
  };
}

function fileOf(folder: string, name: string): string {
  if (isName(name)) return join(folder, `${name}.checkpoint`);
  const expected = `expected ${NAME_RULE}`;
  throw new BelayError("usage", `checkpoint: ${expected}, got ${show(name)}`);
}

/** Replaces tensors and models in plain data by their stored forms. */
async function pack(data: unknown, tf: TensorFlow | null): Promise<unknown> {
  if (tf && data instanceof tf.Tensor) return packTensor(data);
  if (isModel(data)) return packModel(data, tf);
  if (Array.isArray(data)) return Promise.all(data.map((item) => pack(item, tf)));
  if (!isPlain(data)) return data;
  const packed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(data)) packed[key] = await pack(value, tf);
  return packed;
}

async function packTensor(tensor: Tensor): Promise<StoredTensor> {
  const { dtype, shape } = tensor;
  const values = (await tensor.data()) as StoredTensor["values"];
  return { belay: "tensor", dtype, shape, values };
}

async function packModel(model: LayersModel, tf: TensorFlow | null): Promise<StoredModel> {
  let stored: io.ModelArtifacts | undefined;
  const keep = async (artifacts: io.ModelArtifacts) => {
    stored = artifacts;
    const modelArtifactsInfo = { dateSaved: new Date(), modelTopologyType: "JSON" as const };
    return { modelArtifactsInfo };
  };
  await model.save(tf!.io.withSaveHandler(keep), { includeOptimizer: Boolean(model.optimizer) });
  return { belay: "model", artifacts: stored! };
}

async function unpack(data: unknown, tf: TensorFlow | null): Promise<unknown> {
  if (Array.isArray(data)) return Promise.all(data.map((item) => unpack(item, tf)));
  if (!isPlain(data)) return data;
  if (data.belay === "tensor" && "dtype" in data) {
    const { values, shape, dtype } = data as unknown as StoredTensor;
    return needed(tf).tensor(values, shape, dtype);
  }
  if (data.belay === "model" && "artifacts" in data) {
    const { artifacts } = data as unknown as StoredModel;
    return needed(tf).loadLayersModel({ load: async () => artifacts });
  }
  const unpacked: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(data)) unpacked[key] = await unpack(value, tf);
  return unpacked;
}

function needed(tf: TensorFlow | null): TensorFlow {
  if (tf) return tf;
  throw new BelayError("usage", "checkpoint: expected a study with a backend, got saved tensors and none");
}

function isPlain(data: unknown): data is Record<string, unknown> {
  if (data === null || typeof data !== "object") return false;
  const prototype: unknown = Object.getPrototypeOf(data);
  return prototype === Object.prototype || prototype === null;
}

function isModel(data: unknown): data is LayersModel {
  return (
    data !== null &&
    typeof data === "object" &&
    "save" in data &&
    "getWeights" in data &&
    typeof data.save === "function"
  );
}
