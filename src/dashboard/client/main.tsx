import { render } from "preact";
import { Page } from "./views/page.tsx";

const root = document.getElementById("page");
if (root) render(<Page />, root);
