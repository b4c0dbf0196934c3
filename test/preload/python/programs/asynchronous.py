import asyncio


class Resource:
    async def __aenter__(self):
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *details):
        return False

    def __aiter__(self):
        self.left = 2
        return self

    async def __anext__(self):
        if not self.left:
            raise StopAsyncIteration
        self.left -= 1
        return self.left


async def numbers(n):
    for i in range(n):
        yield i
        await asyncio.sleep(0)
    else:
        print("through")


async def worker():
    async with Resource() as resource, \
            Resource():
        async for item in resource:
            if item:
                continue
            print(item)
        else:
            print("no more")
    found = [
        i
        async for i in numbers(3)
        if i
    ]
    waited = [await asyncio.sleep(0, x) for x in range(2)]
    async for i in numbers(5):
        if i == 1:
            break
    lazy = (
        i
        async for i in numbers(2)
    )
    async for i in lazy:
        pass
    return (
        found,
        waited,
    )


async def cancelled():
    try:
        await asyncio.sleep(
            10
        )
        print("never")
    except asyncio.CancelledError:
        print("cancelled")
        raise
    finally:
        await asyncio.sleep(0)


async def never():
    return 1


async def main():
    task = asyncio.create_task(cancelled())
    await asyncio.sleep(0)
    task.cancel()
    results = await asyncio.gather(
        worker(),
        task,
        return_exceptions=True,
    )
    unawaited = never()
    unawaited.close()
    async with Resource():
        await asyncio.sleep(0)
    return results


asyncio.run(main())
