import { render } from "preact";
import { followHistory } from "./state/address.ts";
import { begin } from "./state/app.ts";
import { followTheme } from "./state/theme.ts";
import { Page } from "./views/page.tsx";

const root = document.getElementById("page");
if (root) {
  followTheme();
  followHistory();
  // The link of a new session may differ from the address in what is behind the # alone.
  addEventListener("hashchange", () => location.hash.startsWith("#token=") && location.reload());
  render(<Page />, root);
  void begin();
}
