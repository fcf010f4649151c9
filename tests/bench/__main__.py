"""`make bench`: speeds as ratios against plain baselines, then the latencies of the app. Keep the machine idle."""

import os
import platform

from core.runs.provenance import processor
from tests.bench import (
    bench_app,
    bench_gpu,
    bench_learning,
    bench_lenses,
    bench_representations,
    bench_step,
    bench_toybox,
    bench_transfer,
    bench_uploads,
)

print(f"{processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}", flush=True)
bench_toybox.main()
bench_uploads.main()
bench_step.main()
bench_lenses.main()
bench_representations.main()
bench_learning.main()
bench_gpu.main()
bench_transfer.main()
bench_app.main()
