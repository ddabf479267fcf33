import { random } from "../../src/sampler/random.ts";
import { conforms } from "../conformance/sampler.ts";

conforms(() => random());
