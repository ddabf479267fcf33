import { useEffect, useState } from "preact/hooks";
import type { StudyCardJson } from "../../../report/page/page.ts";
import { api } from "../data/api.ts";
import { listen } from "../data/stream.ts";

/** The whole page. */
export function Page() {
  const [studies, setStudies] = useState<readonly StudyCardJson[]>([]);
  const [line, setLine] = useState("");
  useEffect(() => {
    const read = (): void => void api.studies().then(setStudies, (error: Error) => setLine(error.message));
    const nothing = (): void => {};
    read();
    return listen(
      null,
      { hello: read, studies: read, trials: nothing, live: nothing, analysis: nothing, trouble: nothing },
      nothing,
    );
  }, []);
  return (
    <main>
      <h1>Belay</h1>
      <p role="status">{line}</p>
      <ul>
        {studies.map(({ study, state }) => (
          <li key={study}>
            {study}: {state}
          </li>
        ))}
      </ul>
    </main>
  );
}
