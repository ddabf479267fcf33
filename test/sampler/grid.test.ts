import { grid } from "../../src/sampler/grid.ts";
import { conforms } from "../conformance/sampler.ts";

conforms(() => grid(), { ends: true });
