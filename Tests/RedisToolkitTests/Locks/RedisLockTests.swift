import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A lock", .tags(.server), .timeLimit(.minutes(2)))
struct RedisLockTests {
    private struct BodyError: Error, Equatable {}

    @Test("is had by one at a time, and by the next one after it was given back")
    func exclusion() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            #expect(try await lock.isLocked() == false)
            let lease = try #require(try await lock.tryLock())
            #expect(try await lock.isLocked())
            #expect(lease.isValid)
            #expect(lease.name == "l")
            #expect(lease.token.count == 32)
            #expect(try server.command("GET", "l") == "\(lease.token)")
            #expect(try await lock.tryLock() == nil)
            try await lease.release()
            #expect(!lease.isValid)
            #expect(try server.command("EXISTS", "l") == "0")
            let next = try #require(try await lock.tryLock())
            #expect(next.fence > lease.fence)
            #expect(next.token != lease.token)
            try await next.release()
        }
    }

    @Test("takes two round trips, and nothing else")
    func cost() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            for _ in 0..<2 { try await lock.withLock { _ in } }
            try server.command("CONFIG", "RESETSTAT")
            for _ in 0..<10 { try await lock.withLock { _ in } }
            #expect(try server.scriptCalls() == 20)
            #expect(try server.calls(of: "subscribe") == 0)
        }
    }

    @Test("is given back at the end of the body, with what the body returns or throws")
    func body() async throws {
        try await withClient { server, client in
            let value = try await client.withLock("l") { (lease) async throws in
                #expect(lease.isValid)
                #expect(try server.command("EXISTS", "l") == "1")
                return 7
            }
            #expect(value == 7)
            #expect(try server.command("EXISTS", "l") == "0")
            await #expect(throws: BodyError()) { try await client.withLock("l") { _ in throw BodyError() } }
            #expect(try server.command("EXISTS", "l") == "0")
        }
    }

    @Test("is waited for and given back on the loop, where no code of the user runs")
    func threads() async throws {
        try await withClient { _, client in
            let lock = try RedisLock("l", on: client)
            let first = try await lock.lock()
            #expect(!client.loop.isCurrent)
            let waiting = Task {
                let lease = try await lock.lock()
                #expect(!client.loop.isCurrent)
                return lease
            }
            let watch = client.attachment(ReleaseWatch.self)
            #expect(try await eventually { watch.waiterCount(.init(kind: "lock", name: "l")) == 1 })
            try await first.release()
            #expect(!client.loop.isCurrent)
            let second = try await waiting.joinedResult.get()
            try await second.release()
            try await lock.withLock { _ in #expect(!client.loop.isCurrent) }
            #expect(!client.loop.isCurrent)
        }
    }

    @Test("has the time to live that was asked for, in parts of a second")
    func timeToLive() async throws {
        try await withClient { server, client in
            let options = RedisLeaseOptions(timeToLive: .milliseconds(9500), renewal: .none)
            let began = ContinuousClock.now
            let lease = try await RedisLock("l", on: client, options).lock()
            let left = try server.timeToLive("l")
            let passed = Int(began.duration(to: .now) / .milliseconds(1)) + 2
            #expect(9500 - passed...9500 ~= left)
            #expect(ContinuousClock.now.duration(to: lease.validUntil) < .milliseconds(9405))
            try await lease.release()
        }
    }

    @Test("is renewed at a third of its time, for as long as it is held, and not afterwards")
    func renewal() async throws {
        try await withClient { server, client in
            // A machine under load may stand still for a good part of that.
            let lock = try RedisLock("l", on: client, RedisLeaseOptions(timeToLive: .milliseconds(2100)))
            let lease = try await lock.lock()
            let first = lease.validUntil
            #expect(try await eventually { lease.validUntil > first + .milliseconds(1000) })
            #expect(lease.isValid)
            #expect(try server.command("GET", "l") == "\(lease.token)")
            try await lease.release()
            let count = try server.scriptCalls()
            let other = try #require(try await lock.tryLock())
            let second = other.validUntil
            #expect(try await eventually { other.validUntil > second + .milliseconds(3400) })
            // Two scripts a round of 700 ms would tell of a renewal that goes on. A late reply costs one more.
            let passed = second.duration(to: other.validUntil) / .milliseconds(700)
            #expect(try server.scriptCalls() - count <= Int(passed) + 4)
            try await other.release()
        }
    }

    @Test("ends after its time where it is not to be renewed, and tells so")
    func withoutRenewal() async throws {
        try await withClient { _, client in
            let options = RedisLeaseOptions(timeToLive: .milliseconds(150), renewal: .none)
            let lease = try await RedisLock("l", on: client, options).lock()
            let error = try #require(await lease.loss())
            #expect(error.code == .leaseLost)
            #expect(error.message == #"the lease of the lock "l" was lost: its time to live is over"#)
            #expect(throws: RedisError.self) { try lease.checkValid() }
            let failure = await #expect(throws: RedisError.self) { try await lease.release() }
            #expect(failure?.code == .leaseLost)
        }
    }

    @Test("is prolonged by a time, to a time, and to its own time again")
    func extensions() async throws {
        try await withClient { server, client in
            let options = RedisLeaseOptions(timeToLive: .seconds(100), renewal: .none)
            let lease = try await RedisLock("l", on: client, options).lock()
            func left() throws -> Int { try server.timeToLive("l") }
            try await lease.extend(by: .seconds(100))
            #expect(try (180_000...200_000).contains(left()))
            #expect(ContinuousClock.now.duration(to: lease.validUntil) > .seconds(170))
            try await lease.extend(to: .milliseconds(15_500))
            #expect(try (5_000...15_500).contains(left()))
            #expect(ContinuousClock.now.duration(to: lease.validUntil) < .milliseconds(15_500))
            try await lease.renew()
            #expect(try (90_000...100_000).contains(left()))
            for time in [Duration.zero, .seconds(-1), .seconds(11 * 366 * 86_400)] {
                let error = await #expect(throws: RedisError.self) { try await lease.extend(by: time) }
                #expect(error?.code == .invalidConfiguration)
            }
            try await lease.release()
            for call in [lease.renew, { try await lease.extend(by: .seconds(1)) }] as [() async throws -> Void] {
                let error = await #expect(throws: RedisError.self) { try await call() }
                #expect(error?.code == .closed)
            }
            // A second release does nothing.
            try await lease.release()
        }
    }

    @Test("that somebody else has by now is neither prolonged nor given back by the one who lost it")
    func takenOver() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client, RedisLeaseOptions(renewal: .none))
            for call in [
                { try await $0.release() }, { try await $0.renew() }, { try await $0.extend(by: .seconds(1)) },
            ]
                as [(RedisLease) async throws -> Void]
            {
                let lease = try await lock.lock()
                try server.command("DEL", "l")
                let other = try await lock.lock()
                let error = await #expect(throws: RedisError.self) { try await call(lease) }
                #expect(error?.code == .leaseLost)
                #expect(error?.message == #"the lease of the lock "l" was lost: the server does not have it any more"#)
                #expect(!lease.isValid)
                #expect(other.isValid)
                #expect(try server.command("GET", "l") == "\(other.token)")
                try await other.release()
            }
        }
    }

    @Test("belongs to its lease: another task and another thread may give it back")
    func elsewhere() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            let lease = try await lock.lock()
            try await Task.detached { try await lease.release() }.joined
            #expect(try server.command("EXISTS", "l") == "0")
            let other = try await lock.lock()
            let promise = Promise<Void>()
            _ = try PlainThread.start(name: "holder") {
                do throws(RedisError) {
                    try other.blocking.release()
                    promise.complete(.success(()))
                } catch { promise.complete(.failure(error)) }
            }
            try await promise.value()
            #expect(try server.command("EXISTS", "l") == "0")
        }
    }

    @Test("is held for its time by one that has abandoned it")
    func abandoned() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client, RedisLeaseOptions(timeToLive: .seconds(2)))
            let lease = try await lock.lock()
            lease.abandon()
            #expect(!lease.isValid)
            #expect(try server.command("EXISTS", "l") == "1")
            try await lease.release()
            #expect(try server.command("EXISTS", "l") == "1")
            // Nobody renews it.
            #expect(try await eventually { try server.command("EXISTS", "l") == "0" })
        }
    }

    @Test("that is lost cancels the body, which throws that, with what the body threw")
    func lossCancels() async throws {
        try await withClient { (server, client) async throws in
            let options = RedisLeaseOptions(timeToLive: .seconds(2))
            let error = await #expect(throws: RedisError.self) {
                try await client.withLock("l", options) { _ in
                    try server.command("SET", "l", "somebody else")
                    do { try await untilCancelled() } catch { throw BodyError() }
                }
            }
            #expect(error?.code == .leaseLost)
            #expect(error?.underlyingError is BodyError)
            #expect(try server.command("GET", "l") == "somebody else")
        }
    }

    @Test("that was lost makes the result of the body void, also if it does not heed its cancellation")
    func lossVoidsTheResult() async throws {
        try await withClient { server, client in
            let error = await #expect(throws: RedisError.self) {
                try await client.withLock("l") { _ in
                    try server.command("DEL", "l")
                    return 7
                }
            }
            #expect(error?.code == .leaseLost)
            #expect(error?.underlyingError == nil)
        }
    }

    @Test("that cannot be given back does not hide the error of the body, nor its result")
    func releaseFails() async throws {
        try await withClient { server, client in
            await #expect(throws: BodyError()) {
                try await client.withLock("l") { _ in
                    await client.close()
                    throw BodyError()
                }
            }
        }
        try await withClient { server, client in
            let value = try await client.withLock("l") { _ in
                await client.close()
                return 7
            }
            #expect(value == 7)
            #expect(try server.command("EXISTS", "l") == "1")
        }
    }

    @Test("is given back when the task is cancelled, whatever the body does then")
    func cancelled() async throws {
        try await withClient { server, client in
            let entered = Gate()
            let task = Task {
                try await client.withLock("l") { _ in
                    entered.open()
                    try await untilCancelled()
                }
            }
            try await entered.pass()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.joined }
            #expect(try server.command("EXISTS", "l") == "0")

            let lease = try await RedisLock("l", on: client).lock()
            let releasing = Task {
                // It is cancelled before it begins.
                try? await untilCancelled()
                try await lease.release()
            }
            releasing.cancel()
            try await releasing.joined
            #expect(try server.command("EXISTS", "l") == "0")
        }
    }

    @Test("can be given back again when the first time has failed with the link")
    func releaseAgain() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client, RedisLeaseOptions(timeToLive: .seconds(3), renewal: .none))
            let lease = try await lock.lock()
            try server.pause()
            let error = await #expect(throws: RedisError.self) { try await lease.release() }
            #expect(error?.code == .timedOut)
            try server.resume()
            try await lease.release()
            #expect(try server.command("EXISTS", "l") == "0")
        }
    }

    @Test("that a task holds is not waited for by that task, or one of its own")
    func deadlock() async throws {
        try await withClient { _, client in
            try await client.withLock("l") { lease in
                let error = await #expect(throws: RedisError.self) { try await client.withLock("l") { _ in } }
                #expect(error?.code == .deadlock)
                let child = Task { try await RedisLock("l", on: client).lock() }
                let failure = await #expect(throws: RedisError.self) { _ = try await child.joined }
                #expect(failure?.code == .deadlock)
                #expect(try await RedisLock("l", on: client).tryLock() == nil)
                try await client.withLock("other") { _ in }
                // One that was begun apart may wait.
                let apart = Task.detached { try await client.withLock("l") { _ in 7 } }
                try await lease.release()
                #expect(try await apart.joined == 7)
            }
        }
    }

    @Test(
        "refuses options that cannot work, and names the part",
        arguments: [
            (RedisLeaseOptions(timeToLive: .milliseconds(99)), "timeToLive is 0.1 s, and has to be from 0.1 s"),
            (RedisLeaseOptions(timeToLive: .zero), "timeToLive is 0 s"),
            (RedisLeaseOptions(timeToLive: .seconds(-1)), "timeToLive is -1 s"),
            (RedisLeaseOptions(timeToLive: .seconds(Int64.max)), "timeToLive is"),
            (RedisLeaseOptions(durability: .replicas(0, within: .seconds(1))), "durability names 0 replicas"),
            (RedisLeaseOptions(durability: .replicas(1, within: .zero)), "durability has to be reached"),
            (RedisLeaseOptions(durability: .replicas(1, within: .seconds(31))), "durability has to be reached"),
        ]
    )
    func options(options: RedisLeaseOptions, words: String) throws {
        let client = try RedisClient("redis://127.0.0.1:1")
        let error = #expect(throws: RedisError.self) { try RedisLock("a\nb", on: client, options) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(#"the lock "a\nb""#) == true)
    }

    @Test("of a server that does not answer fails in time, and leaves nothing there")
    func silentServer() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            try await lock.withLock { _ in }
            try server.pause()
            // Long enough for the request to be written on a busy machine: otherwise there is nothing to take back.
            let error = await #expect(throws: RedisError.self) { try await lock.lock(timeout: .seconds(1)) }
            #expect(error?.code == .timedOut)
            #expect(error?.underlyingError != nil)
            try server.resume()
            // The request was executed after all, and taken back.
            #expect(try await eventually { try server.calls(of: "del") == 2 })
            #expect(try server.command("EXISTS", "l") == "0")
        }
    }
}
