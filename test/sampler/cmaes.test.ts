import { cmaes } from "../../src/sampler/cmaes.ts";
import { conforms } from "../conformance/sampler.ts";

conforms(() => cmaes());
