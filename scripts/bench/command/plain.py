"""The objective as a program that knows nothing of Belay: it prints its value."""
import json
import os

import objective

print(objective.value(json.loads(os.environ["BELAY_PARAMS"]), int(os.environ["BELAY_SPLIT"])))
