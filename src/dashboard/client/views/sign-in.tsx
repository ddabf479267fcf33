import { said } from "../state/app.ts";

/** What a browser sees that the server does not know. */
export function SignIn() {
  return (
    <main class="sign-in">
      <h1>Belay</h1>
      <p>This browser has no session with the dashboard.</p>
      <p>
        In a terminal, in the folder of the database, type <code>belay dashboard</code>. It prints a link with
        a token: open that link here. If a dashboard runs already, its link is in the terminal where it was
        started.
      </p>
      {said.value.text !== "" && (
        <p class="is-error" role="status">
          The server said: {said.value.text}
        </p>
      )}
    </main>
  );
}
