"""Two processors with one name, as a copied configuration makes them."""

import asyncio
import time
from contextlib import ExitStack

from faults.beside import Copy, another
from faults.injecting import until
from faults.scene import Scene

NAME = "local-0"
# Exit code of a processor whose name another one has.
TWIN = 78


async def play(scene: Scene) -> None:
    """One beside the one that works, which stays; then two that are started together, of which one stays."""
    worker = scene.injector.pid("stream_processor")
    with ExitStack() as twins:
        late = _twin(scene, twins, 1)
        await until(lambda: late.process.poll() is not None, "the later of two to end")
        scene.must(late.process.returncode == TWIN, f"the later ended with {late.process.returncode}")
        scene.must(scene.injector.pid("stream_processor") == worker, "the processor did not stay")
        async with scene.injector.away("stream_processor"):
            pair = [_twin(scene, twins, number) for number in (2, 3)]
            await until(lambda: any(one.process.poll() is not None for one in pair), "one of two to end")
            await asyncio.sleep(2.0)
            ended = [one.process.returncode for one in pair if one.process.poll() is not None]
            scene.must(ended == [TWIN], f"of two that were started together these ended: {ended}")
            for one in pair:
                one.process.kill()
    await scene.recovered(time.monotonic())


def _twin(scene: Scene, twins: ExitStack, number: int) -> Copy:
    return twins.enter_context(
        another(scene, "stream_processor", f"stream_processor-twin-{number}", ECG_PROCESSOR_INSTANCE_ID=NAME)
    )
