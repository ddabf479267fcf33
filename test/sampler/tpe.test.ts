import { tpe } from "../../src/sampler/tpe.ts";
import { conforms } from "../conformance/sampler.ts";

conforms(() => tpe());
