import { readFile } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { pathToFileURL } from "node:url";
import { type Loader, type Plugin, transform } from "esbuild";

const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
  ".jsx": "jsx",
};

/**
 * An esbuild plugin that makes `import.meta.url`, `.filename` and `.dirname`, and in CommonJS `__filename` and
 * `__dirname`, mean the original file instead of the bundle, so that a study finds the data beside its file.
 */
export function keepLocation(): Plugin {
  return {
    name: "keep-location",
    setup({ onLoad }) {
      onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: "file" }, async ({ path }) => {
        const source = await readFile(path, "utf8");
        if (!/import\s*\.\s*meta|__dirname|__filename/.test(source)) return null;
        const filename = JSON.stringify(path);
        const folder = JSON.stringify(dirname(path));
        try {
          const { code } = await transform(source, {
            loader: LOADERS[extname(path)]!,
            sourcefile: path,
            sourcemap: "inline",
            sourcesContent: false,
            target: "node20",
            define: {
              "import.meta.url": JSON.stringify(pathToFileURL(path).href),
              "import.meta.filename": filename,
              "import.meta.dirname": folder,
              __filename: filename,
              __dirname: folder,
            },
            logLevel: "silent",
          });
          return { contents: code, loader: "js" };
        } catch {
          // The file does not compile; the build itself will say where.
          return null;
        }
      });
    },
  };
}
