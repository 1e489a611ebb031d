// Ordinary ways to handle what a loop throws. Compilers have crashed on some of them (swiftc 6.3.1, with a declared
// error type).
import RedisEvents

func filtered(_ pubsub: PubSub) async throws {
    do {
        for try await event in pubsub.events { print(event) }
    } catch let error as RedisError where error.code == .handlerFailed {}
}

func typed(_ pubsub: PubSub) async {
    do {
        for try await event in pubsub.events { print(event) }
    } catch let error as RedisError {
        print(error.code)
    } catch {
        print(error)
    }
}

func caught(_ monitor: Monitor) async {
    do { for try await event in monitor.events { print(event) } } catch { print(error) }
}

func passedOn(_ keys: KeyspaceEvents) async throws {
    for try await event in keys.events { print(event) }
}

func leaving(_ pubsub: PubSub) async throws -> PubSub.Message? {
    for try await event in pubsub.events where !event.isConfirmation {
        guard let message = event.message else { continue }
        if message.payload.isEmpty { break }
        return message
    }
    return nil
}

func inATask(_ invalidations: Invalidations) -> Task<Void, any Error> {
    Task {
        do {
            for try await event in invalidations.events { print(event) }
        } catch let error as RedisError where error.code == .connectFailed {}
    }
}

func inAGroup(_ pubsub: PubSub) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { for try await event in pubsub.events { print(event) } }
        group.addTask {
            do {
                for try await batch in pubsub.batches { print(batch.count) }
            } catch let error as RedisError where error.code == .closed {
                print(error)
            }
        }
        try await group.waitForAll()
    }
}

func severalCases(_ subscription: PubSub.Subscription) async {
    do {
        for try await event in subscription.events { print(event) }
    } catch is CancellationError {
        print("cancelled")
    } catch let error as RedisError where error.code == .closed || error.code == .consumerTooSlow {
        print(error)
    } catch {
        print(error)
    }
}

func retrying(_ pubsub: PubSub) async {
    var rounds = 0
    while true {
        do {
            for try await event in pubsub.events {
                print(event)
                rounds += 1
            }
            return
        } catch let error as RedisError where error.code == .handlerFailed {
            continue
        } catch {
            return
        }
    }
}

actor Counter {
    var count = 0

    func run(_ pubsub: PubSub) async throws {
        do {
            for try await _ in pubsub.events { count += 1 }
        } catch let error as RedisError where error.code == .handlerFailed {
            count = 0
        }
    }
}

func mapped(_ pubsub: PubSub) async throws {
    do {
        for try await message in pubsub.events.compactMap(\.message) { print(message) }
    } catch let error as RedisError where error.code == .handlerFailed {}
}

func byHand(_ pubsub: PubSub) async throws {
    var iterator = pubsub.events.makeAsyncIterator()
    do {
        while let event = try await iterator.next() { print(event) }
    } catch let error as RedisError where error.code == .handlerFailed {}
}

func labelled(_ monitor: Monitor) async throws {
    events: do {
        for try await event in monitor.events {
            defer { print("one more") }
            if event.command == nil { break events }
        }
    } catch let error as RedisError where error.code == .notPermitted {}
}
