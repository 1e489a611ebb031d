import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// Nothing is lost in silence: whatever reads, however it ends, and whatever the policy drops, each message that came
/// was delivered, is still there for the next reader, or counts as dropped.
@Suite("Readers that end", .tags(.server), .timeLimit(.minutes(3)))
struct ReaderEndTests {
    enum Reader: String, CaseIterable, Sendable {
        case getMessage, blockingGetMessage, events, batches, listen, run, thread

        /// It reads with handlers only.
        var needsHandlers: Bool { self == .run || self == .thread }
    }

    enum Ending: String, CaseIterable, Sendable {
        case handlerThrows, isCancelled, leavesTheLoop, closesTheObject, drainsTheObject, linkEndsForGood

        func isPossible(_ reader: Reader) -> Bool {
            switch (self, reader) {
            // Nothing can cancel a thread that blocks; it leaves its loop.
            case (.isCancelled, .listen), (.isCancelled, .blockingGetMessage): false
            case (.leavesTheLoop, .run), (.leavesTheLoop, .thread): false
            default: true
            }
        }
    }

    struct Policy: Sendable, CustomTestStringConvertible {
        var rule: PubSub.OverflowPolicy
        var limit: Int
        var testDescription: String { "\(rule) above \(limit)" }
    }

    private static let count = 120
    /// The message at whose handler the end begins.
    private static let middle = 7

    @Test(
        "leave no message unaccounted for",
        arguments: Reader.allCases,
        [
            Policy(rule: .dropOldest, limit: 1000), Policy(rule: .dropOldest, limit: 50),
            Policy(rule: .dropNewest, limit: 50), Policy(rule: .latestPerChannel, limit: 50),
            Policy(rule: .pauseReading, limit: 1000), Policy(rule: .fail, limit: 1000),
        ]
    )
    func accounts(_ reader: Reader, _ policy: Policy) async throws {
        try await withRedisServer { server in
            for ending in Ending.allCases where ending.isPossible(reader) {
                try await Run(server, reader, ending, policy).check()
            }
        }
    }

    struct Trouble: Error {}

    /// One reader, one end, one policy.
    private final class Run: Sendable {
        let server: RedisServer
        let reader: Reader
        let ending: Ending
        let policy: Policy
        let pubsub: PubSub
        let delivered = Locked<[Int]>([])
        private let draining = Locked<Task<Bool, Never>?>(nil)
        private let listener = Locked<RedisListenerThread?>(nil)
        private let reading = Locked<Task<Void, any Error>?>(nil)

        init(_ server: RedisServer, _ reader: Reader, _ ending: Ending, _ policy: Policy) throws {
            (self.server, self.reader, self.ending, self.policy) = (server, reader, ending, policy)
            var configuration = try server.configuration()
            if ending == .linkEndsForGood { configuration.reconnect.isEnabled = false }
            pubsub = try PubSub(
                configuration,
                buffer: RedisBufferLimit(events: policy.limit),
                overflow: policy.rule,
                ignoreSubscribeMessages: true,
                ignoreLinkEvents: true
            )
        }

        func check() async throws {
            let name = "\(reader), \(ending), \(policy.testDescription)"
            // Half of the messages have a handler, where somebody else may take the others.
            try await pubsub.subscribe("with") { [unowned self] message in try take(message) }
            if !reader.needsHandlers { try await pubsub.subscribe("without") }
            // The confirmations, which come a moment behind the answers.
            let confirmations = reader.needsHandlers ? 1 : 2
            let isConfirmed = try await eventually {
                _ = try await self.pubsub.getMessage()
                return self.pubsub.statistics.deliveredEvents == confirmations
            }
            #expect(isConfirmed, "\(name)")
            let before = pubsub.statistics
            let other = reader.needsHandlers ? "with" : "without"
            let script = """
                for i = 1, \(count), 2 do
                    redis.call('PUBLISH', 'with', i)
                    redis.call('PUBLISH', '\(other)', i + 1)
                end
                """
            try server.command("EVAL", script, "0")
            #expect(
                try await eventually {
                    self.pubsub.statistics.queuedEvents + self.pubsub.statistics.droppedEvents == self.count
                },
                "\(name)"
            )
            if ending == .linkEndsForGood {
                try server.command("CLIENT", "KILL", "TYPE", "pubsub")
                #expect(try await eventually { self.pubsub.failure != nil }, "\(name)")
            }
            try await read()
            _ = await draining.withLock { $0 }?.joined
            let taken = delivered.withLock { $0 }
            let dropped = pubsub.statistics.droppedEvents
            let left = try await rest()
            #expect(taken + left == (taken + left).sorted(), "\(name): out of order")
            #expect(Set(taken + left).count == taken.count + left.count, "\(name): twice")
            #expect(taken.count + left.count + dropped == count, "\(name): \(taken.count) + \(left.count) + \(dropped)")
            #expect(pubsub.statistics.queuedEvents == 0, "\(name)")
            #expect(
                pubsub.statistics.deliveredEvents - before.deliveredEvents
                    - linkEvents == taken.count + left.count,
                "\(name)"
            )
            // Who ends in the middle leaves the rest, unless the object was closed.
            if [.handlerThrows, .leavesTheLoop, .isCancelled].contains(ending),
                !(reader == .thread && ending == .isCancelled)
            {
                #expect(left.count > 0 && taken.count < count, "\(name)")
            }
            if [.drainsTheObject, .linkEndsForGood].contains(ending) { #expect(left == [], "\(name)") }
            await pubsub.close()
        }

        private var count: Int { ReaderEndTests.count }

        /// What is left out of the readers' sight and counts as delivered: the loss, and the gap that it leaves at the
        /// end.
        private var linkEvents: Int { ending == .linkEndsForGood ? 2 : 0 }

        private func number(_ message: PubSub.Message) -> Int { message.text.flatMap { Int($0) } ?? -1 }

        /// Notes a message; in the middle the end begins.
        private func take(_ message: PubSub.Message) throws {
            let place = delivered.withLock { delivered in
                delivered.append(number(message))
                return delivered.count
            }
            guard place >= ReaderEndTests.middle, message.channel == "with" else { return }
            switch ending {
            case .handlerThrows: throw Trouble()
            case .isCancelled:
                if reader == .thread {
                    listener.withLock { $0 }?.stop()
                } else {
                    reading.withLock { $0 }?.cancel()
                }
            case .closesTheObject: pubsub.blocking.close()
            case .drainsTheObject:
                draining.withLock { draining in
                    if draining == nil { draining = Task { [pubsub] in await pubsub.drain(deadline: .seconds(20)) } }
                }
            case .leavesTheLoop, .linkEndsForGood: break
            }
        }

        /// Whether the loop goes on behind an event.
        private func goesOn(_ event: PubSub.Event) -> Bool {
            switch event {
            case .message(let message): delivered.withLock { $0.append(number(message)) }
            case .handlerFailed, .failed: return false
            default: break
            }
            return ending != .leavesTheLoop || delivered.withLock { $0.count } < ReaderEndTests.middle
        }

        private func goesOn(_ outcome: RedisReadOutcome<PubSub.Event>) -> Bool {
            switch outcome {
            case .event(let event): goesOn(event)
            case .handled: ending != .leavesTheLoop || delivered.withLock { $0.count } < ReaderEndTests.middle
            // Nobody publishes any more; a drain says `.closed`.
            case .nothing: ending == .drainsTheObject
            case .closed: false
            }
        }

        /// Reads until the end. Errors of the expected kinds are how readers end.
        private func read() async throws {
            let begin = Locked(false)
            let task = Task { [self] in
                while !begin.withLock({ $0 }) { await Task.yield() }
                try await readToTheEnd()
            }
            reading.withLock { $0 = task }
            begin.withLock { $0 = true }
            // A loop that waits for more, because nothing ends it.
            switch await task.joinedResult {
            case .success: #expect(ending != .handlerThrows || reader == .listen, "\(reader) \(ending)")
            case .failure(let error):
                switch ending {
                case .handlerThrows: #expect((error as? RedisError)?.code == .handlerFailed || error is Trouble)
                case .isCancelled: #expect((error as? RedisError)?.code == .cancelled)
                case .linkEndsForGood: #expect((error as? RedisError)?.code == pubsub.failure?.code)
                case .leavesTheLoop, .closesTheObject, .drainsTheObject: throw error
                }
            }
        }

        private func readToTheEnd() async throws {
            switch reader {
            case .getMessage:
                while goesOn(try await pubsub.getMessage(timeout: .milliseconds(20))) {}
            case .blockingGetMessage:
                try await onThread { [self] in
                    while goesOn(try pubsub.blocking.getMessage(timeout: .milliseconds(20))) {}
                }
            case .events:
                for try await event in pubsub.events where !goesOn(event) { break }
            case .batches:
                for try await batch in pubsub.batches {
                    // A batch is taken as a whole.
                    var isOver = false
                    for event in batch where !goesOn(event) { isOver = true }
                    if isOver { break }
                }
            case .listen:
                try await onThread { [self] in for event in pubsub.listen() where !goesOn(event) { break } }
            case .run:
                try await pubsub.run()
            case .thread:
                let thread = try pubsub.runInThread()
                listener.withLock { $0 = thread }
                // It may have got to the middle before it had a name.
                if ending == .isCancelled, delivered.withLock({ $0.count }) >= ReaderEndTests.middle { thread.stop() }
                #expect(try await eventually { !thread.isAlive })
                _ = try thread.join()
            }
        }

        /// What the next reader finds.
        private func rest() async throws -> [Int] {
            var numbers: [Int] = []
            while true {
                do {
                    switch try await pubsub.getMessage() {
                    case .event(.message(let message)): numbers.append(number(message))
                    case .event: break
                    case .handled: numbers.append(delivered.withLock { $0[$0.count - 1] })
                    case .nothing, .closed: return numbers
                    }
                } catch {
                    // The handler goes on throwing.
                    if error.code == .handlerFailed {
                        numbers.append(delivered.withLock { $0[$0.count - 1] })
                    } else if error.code == .cancelled {
                        continue
                    } else {
                        return numbers
                    }
                }
            }
        }
    }

    @Test("by an error of the link go on telling it")
    func failure() async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.reconnect.isEnabled = false
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true, ignoreLinkEvents: true)
            try await pubsub.subscribe("foo") { _ in }
            #expect(pubsub.failure == nil)
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            #expect(try await eventually { pubsub.failure?.code == .connectionLost })
            for _ in 0..<2 {
                let error = await #expect(throws: RedisError.self) { try await pubsub.run() }
                #expect(error?.code == .connectionLost)
            }
            await pubsub.close()
        }
    }

    @Test("by run hand what handlers throw to its error handler, and go on")
    func onError() async throws {
        try await withRedisServer { server in
            let seen = Collector()
            let pubsub = try PubSub(server.configuration())
            try await pubsub.subscribe("foo") { message in
                if message.text == "3" { throw Trouble() }
                seen.add("\(message.payload)")
            }
            for index in 1...5 { try server.publish("foo", RedisBytes("\(index)")) }
            let running = Task {
                try await pubsub.run {
                    seen.add(words($0))
                } onError: { error in
                    seen.add("\(type(of: error))")
                }
            }
            #expect(try await eventually { seen.all.count == 6 })
            #expect(seen.all == ["subscribed foo 1", "1", "2", "Trouble", "4", "5"])
            running.cancel()
            try await running.joined
            try server.publish("foo", "3")
            let thrown = await #expect(throws: RedisError.self) { try await pubsub.run() }
            #expect(thrown?.code == .handlerFailed)
            await pubsub.close()
        }
    }
}

extension ReaderEndTests {
    @Test("by run are no errors when a handler that awaits notices the cancellation")
    func cancelledHandler() async throws {
        try await withRedisServer { server in
            let seen = Collector()
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo") { message in
                seen.add("\(message.payload)")
                if message.text == "1" { try await untilCancelled() }
            }
            try server.publish("foo", "1")
            try server.publish("foo", "2")
            let running = Task {
                try await pubsub.run { _ in
                } onError: { _ in
                    seen.add("error")
                }
            }
            #expect(try await eventually { seen.all == ["1"] })
            running.cancel()
            try await running.joined
            #expect(try await pubsub.take(1) == ["handled"])
            #expect(seen.all == ["1", "2"])
            await pubsub.close()
        }
    }
}

/// Runs a body that blocks on a thread of its own.
func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
    let result = Locked<Result<Void, any Error>?>(nil)
    let thread = try PlainThread.start(name: "blocking") {
        let outcome = Result { try body() }
        result.withLock { $0 = outcome }
    }
    #expect(try await eventually(within: .seconds(60)) { thread.hasEnded })
    try result.withLock { $0 }?.get()
}
