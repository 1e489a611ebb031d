import Foundation
import RedisReactor
import RedisTesting
import Synchronization
import TestSupport
import Testing

/// An actor that lives on a loop.
private actor Resident {
    private let loop: RedisEventLoop
    private(set) var log: [String] = []
    private var timer: TimerSource?

    init(_ loop: RedisEventLoop) { self.loop = loop }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    func note(_ text: String) {
        loop.preconditionCurrent()
        log.append(text)
    }

    func noteTwice(_ text: String) async {
        note(text)
        await Task.yield()
        note(text)
    }

    func startTimer(after duration: Duration, _ text: String) throws {
        let source = try TimerSource(on: loop) { self.assumeIsolated { $0.note(text) } }
        source.schedule(after: duration)
        timer = consume source
    }

    /// In one turn, so that the time cannot pass before it is cancelled.
    func startCancelledTimer(after duration: Duration, _ text: String) throws {
        try startTimer(after: duration, text)
        timer?.cancel()
    }

    func dropTimer() { timer = nil }
}

/// Asks its source to call again, a hundred times.
private actor Insistent {
    private let loop: RedisEventLoop
    private var source: IOSource?
    private(set) var calls = 0
    /// How many calls there had been when a job ran that the first of them handed over.
    private(set) var callsBeforeJob: Int?

    init(_ loop: RedisEventLoop) { self.loop = loop }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    func start(_ descriptor: Int32) throws {
        source = try IOSource(.readable, of: descriptor, on: loop) { self.assumeIsolated { $0.called() } }
        source?.callAgain()
    }

    func stop() { source = nil }

    private func called() {
        calls += 1
        if calls == 1 { loop.execute { self.assumeIsolated { $0.callsBeforeJob = $0.calls } } }
        if calls < 100 { source?.callAgain() }
    }
}

@Suite("The event loop", .tags(.unit), .timeLimit(.minutes(1)))
struct EventLoopTests {
    @Test("runs actors and hand-overs on its thread, each in order")
    func order() async throws {
        let loop = try RedisEventLoop(name: "order")
        let resident = Resident(loop)
        for index in 0..<100 { await resident.note("\(index)") }
        #expect(await resident.log == (0..<100).map { "\($0)" })
        let seen = Locked<[Int]>([])
        for index in 0..<1000 { loop.execute { seen.withLock { $0.append(index) } } }
        #expect(try await eventually { seen.withLock { $0.count } == 1000 })
        #expect(seen.withLock { $0 } == Array(0..<1000))
        await loop.shutdown()
    }

    @Test("lets others run before a source is called again")
    func callsAgain() async throws {
        let loop = try RedisEventLoop(name: "again")
        let insistent = Insistent(loop)
        // Nothing ever comes over it.
        let pair = Pipe()
        try await insistent.start(pair.fileHandleForReading.fileDescriptor)
        #expect(try await eventually { await insistent.calls == 100 })
        #expect(await insistent.callsBeforeJob == 1)
        await insistent.stop()
        await loop.shutdown()
    }

    @Test("runs tasks that prefer it")
    func taskExecutor() async throws {
        let loop = try RedisEventLoop(name: "tasks")
        let isCurrent = await Task(executorPreference: loop) { loop.isCurrent }.joined
        #expect(isCurrent)
        #expect(!loop.isCurrent)
        let resident = Resident(loop)
        await Task(executorPreference: loop) { await resident.noteTwice("x") }.joined
        #expect(await resident.log == ["x", "x"])
        await loop.shutdown()
    }

    @Test("lets a task that prefers it run on through its calls, and return from an actor of the loop")
    func undividedTask() async throws {
        let loop = try RedisEventLoop(name: "tasks")
        let resident = Resident(loop)
        let seen = await Task(executorPreference: loop) {
            let isNextTurn = Atomic(false)
            loop.execute { isNextTurn.store(true, ordering: .relaxed) }
            let before = await Self.outer { isNextTurn.load(ordering: .relaxed) }
            await resident.note("x")
            return (before, after: isNextTurn.load(ordering: .relaxed), isCurrent: loop.isCurrent)
        }.joined
        // No turn ended during the calls; the actor's job came behind what was handed over.
        #expect(seen == (false, true, true))
        await loop.shutdown()
    }

    private nonisolated static func outer(_ question: () -> Bool) async -> Bool { await inner(question) || question() }
    private nonisolated static func inner(_ question: () -> Bool) async -> Bool { question() }

    @Test("puts work off to the end of a turn, before it polls")
    func endOfTurn() async throws {
        let loop = try RedisEventLoop(name: "turns")
        let seen = Locked<[String]>([])
        loop.execute {
            loop.atEndOfTurn {
                seen.withLock { $0.append("end") }
                loop.atEndOfTurn { seen.withLock { $0.append("end of end") } }
            }
            seen.withLock { $0.append("turn") }
        }
        #expect(try await eventually { seen.withLock { $0.count } == 3 })
        #expect(seen.withLock { $0 } == ["turn", "end", "end of end"])
        await loop.shutdown()
    }

    @Test("fires timers after their time, not before, and not when they are cancelled")
    func timers() async throws {
        let loop = try RedisEventLoop(name: "timers")
        let resident = Resident(loop)
        let start = ContinuousClock.now
        try await resident.startTimer(after: .milliseconds(30), "fired")
        #expect(try await eventually { await resident.log == ["fired"] })
        #expect(start.duration(to: .now) >= .milliseconds(30))
        try await resident.startCancelledTimer(after: .milliseconds(20), "never")
        let late = Locked(false)
        _ = ScheduledCall(after: .milliseconds(40), on: loop) { late.withLock { $0 = true } }
        let cancelled = ScheduledCall(after: .milliseconds(10), on: loop) { late.withLock { $0 = false } }
        cancelled.cancel()
        #expect(try await eventually { late.withLock { $0 } })
        #expect(await resident.log == ["fired"])
        await resident.dropTimer()
        await loop.shutdown()
    }

    @Test("loses no job when it shuts down, nor one that comes later")
    func shutdown() async throws {
        let loop = try RedisEventLoop(name: "ending")
        let count = Atomic<Int>(0)
        let resident = Resident(loop)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 { group.addTask { await resident.noteTwice("x") } }
            group.addTask { await loop.shutdown() }
        }
        #expect(await resident.log.count == 400)
        await loop.shutdown()
        // The thread is gone; each of these starts it again for as long as it takes.
        for _ in 0..<20 {
            loop.execute { count.add(1, ordering: .relaxed) }
            await resident.note("late")
        }
        #expect(count.load(ordering: .relaxed) == 20)
        #expect(await resident.log.count == 420)
    }

    @Test("traps when what belongs to its thread is touched elsewhere")
    func wrongThread() async throws {
        await #expect(processExitsWith: .failure) {
            let loop = try RedisEventLoop(name: "mine")
            loop.atEndOfTurn {}
        }
    }
}

@Suite("Threads", .tags(.unit), .timeLimit(.minutes(1)))
struct ThreadTests {
    @Test("a wake that comes first is kept, and a deadline ends the wait")
    func parker() throws {
        let parker = Parker()
        parker.unpark()
        #expect(parker.park())
        let start = ContinuousClock.now
        #expect(!parker.park(until: start.advanced(by: .milliseconds(20))))
        #expect(start.duration(to: .now) >= .milliseconds(20))
        #expect(!parker.park(until: start))
    }

    @Test("can be waited for, by others")
    func join() throws {
        let gate = Parker()
        let thread = try PlainThread.start(name: "a name of more than fifteen bytes") { gate.park() }
        #expect(!thread.join(until: .now.advanced(by: .milliseconds(10))))
        #expect(!thread.hasEnded)
        gate.unpark()
        #expect(thread.join(until: .now.advanced(by: .seconds(10))))
        #expect(thread.hasEnded)
        #expect(thread.join(until: .now.advanced(by: .seconds(10))))
    }
}
