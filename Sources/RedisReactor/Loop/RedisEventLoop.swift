internal import CRedisLibevent
import RedisPOSIX
import Synchronization

/// One thread that waits for sockets and timers with libevent and runs what belongs to them.
///
/// Most programs need only `RedisEventLoop.shared`. A loop of your own separates links, for example to give a busy
/// subscription a core of its own. User code does not run here, except for `inline` handlers and for tasks that ask for
/// it: `Task(executorPreference: loop)`. Such a task sends commands and gets replies without waking another thread;
/// what it does in between holds up everything else on the loop.
///
/// A turn of the loop: first the jobs that are due, then the work that was deferred to the end of the turn (such as one
/// write for all commands of the turn), then one poll for sockets and timers.
@safe public final class RedisEventLoop: Sendable {
    enum Entry: Sendable {
        /// A job of an actor on the loop.
        case actorJob(UnownedJob)
        /// A job of a task that prefers the loop.
        case taskJob(UnownedJob)
        case body(@Sendable () -> Void)
    }

    /// Work that was put off. In an array of bare closures each one would be allocated once more.
    private struct Deferred {
        let body: () -> Void
    }

    private enum Phase {
        case running
        /// The loop ends as soon as nothing is left to do.
        case stopping
        case stopped
    }

    private struct Inbox: Sendable {
        var entries: [Entry] = []
        var phase = Phase.running
        /// Whether the thread is polling or about to poll. Then only a write to the wake descriptor wakes it.
        var isPolling = false
        var isWakeWritten = false
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
    }

    /// The name of the loop's thread.
    public let name: String
    private let inbox = Locked(Inbox())
    private let threadIdentity = Atomic<UInt>(0)
    private let wakeup: FileDescriptor
    // Made in `init` and freed in `deinit`. In between, only the loop's thread uses it; it has no locks of its own.
    nonisolated(unsafe) let base: OpaquePointer
    // Only used on the loop's thread.
    private nonisolated(unsafe) var endOfTurn: [Deferred] = []
    private nonisolated(unsafe) var wakeSource: OpaquePointer?
    /// For times far below a millisecond, to which libevent rounds.
    private let shortTimer: FileDescriptor
    private nonisolated(unsafe) var shortSource: OpaquePointer?
    private nonisolated(unsafe) var shortly: [() -> Void] = []
    nonisolated(unsafe) var readBlock: ReadBlock?

    private static let sharedLoop = Locked<RedisEventLoop?>(nil)

    /// The loop that is used when the caller passes none. It is started at first use and never ends.
    ///
    /// - Throws: The system's error when there is no thread left, or no descriptors but the last.
    public static var shared: RedisEventLoop {
        get throws(RedisSystemError) {
            let result = sharedLoop.withLock { loop -> Result<RedisEventLoop, RedisSystemError> in
                if let loop { return .success(loop) }
                do throws(RedisSystemError) {
                    let new = try RedisEventLoop(name: "redis-events")
                    loop = new
                    return .success(new)
                } catch { return .failure(error) }
            }
            return try result.get()
        }
    }

    /// Starts a loop on a thread of its own, which runs until `shutdown`, even if the loop is released before.
    ///
    /// - Parameter name: The name of the thread for tools such as `top -H`, at most 15 bytes of it.
    /// - Throws: The system's error when there is no thread left, or no descriptors but the last.
    public init(name: String = "redis-events") throws(RedisSystemError) {
        self.name = name
        // libevent takes four more, and ends the process where it gets none for its signals: there is room in the
        // reserve.
        let descriptor = DescriptorReserve.keeping(eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC)))
        guard descriptor >= 0 else { throw .last("eventfd") }
        wakeup = FileDescriptor(owning: descriptor)
        let timer = DescriptorReserve.keeping(timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK) | Int32(TFD_CLOEXEC)))
        guard timer >= 0 else { throw .last("timerfd_create") }
        shortTimer = FileDescriptor(owning: timer)
        let config = unsafe event_config_new()
        defer { unsafe event_config_free(config) }
        // Other threads reach the loop through the inbox only, so that the base needs no locks. Uncached time keeps
        // timers exact after a long turn.
        unsafe event_config_set_flag(
            config,
            Int32(EVENT_BASE_FLAG_NOLOCK.rawValue | EVENT_BASE_FLAG_NO_CACHE_TIME.rawValue)
        )
        guard let base = unsafe event_base_new_with_config(config) else { throw .last("event_base_new") }
        unsafe self.base = base
        let source = unsafe event_new(base, descriptor, Int16(EV_READ | EV_PERSIST), { fd, _, _ in drain(fd) }, nil)
        unsafe event_add(source, nil)
        unsafe wakeSource = source
        let short = unsafe event_new(
            base,
            timer,
            Int16(EV_READ | EV_PERSIST),
            { fd, _, loop in
                drain(fd)
                guard let loop = unsafe loop else { return }
                unsafe Unmanaged<RedisEventLoop>.fromOpaque(loop).takeUnretainedValue().shortTimePassed()
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
        unsafe event_add(short, nil)
        unsafe shortSource = short
        try startThread()
    }

    deinit {
        unsafe event_free(wakeSource)
        unsafe event_free(shortSource)
        unsafe event_base_free(base)
    }

    /// Whether the caller runs on the loop's thread.
    package var isCurrent: Bool { threadIdentity.load(ordering: .relaxed) == PlainThread.currentIdentity }

    /// Runs `body` on the loop's thread in a later turn, after everything that was enqueued before.
    package func execute(_ body: @escaping @Sendable () -> Void) { enqueue(.body(body)) }

    /// Runs `body` at the end of the current turn, before the loop polls again. Must be called on the loop.
    package func atEndOfTurn(_ body: @escaping () -> Void) {
        preconditionCurrent()
        unsafe endOfTurn.append(Deferred(body: body))
    }

    /// Runs `body` within a tenth of a millisecond, or as soon as the loop is free then. Must be called on the loop.
    package func shortly(_ body: @escaping () -> Void) {
        preconditionCurrent()
        unsafe shortly.append(body)
        guard unsafe shortly.count == 1 else { return }
        var time = itimerspec()
        time.it_value.tv_nsec = 100_000
        unsafe timerfd_settime(shortTimer.number, 0, &time, nil)
    }

    private func shortTimePassed() {
        for body in unsafe exchange(&shortly, with: []) { body() }
    }

    /// Traps when the caller is not on the loop's thread.
    package func preconditionCurrent() {
        precondition(isCurrent, "this belongs to the thread of the event loop \(name)")
    }

    /// Ends the loop's thread when nothing is left to run, and returns then.
    ///
    /// Close the objects on the loop first, because their sockets and timers are not served any more. A job that comes
    /// later is not lost: the thread is started again for as long as the job needs.
    public func shutdown() async {
        await withCheckedContinuation { continuation in
            let hasStopped = inbox.withLock { inbox in
                if inbox.phase == .stopped { return true }
                inbox.phase = .stopping
                inbox.stopWaiters.append(continuation)
                return false
            }
            if hasStopped { continuation.resume() } else { wake() }
        }
    }
}

// MARK: - The thread

extension RedisEventLoop {
    private func startThread() throws(RedisSystemError) {
        _ = try PlainThread.start(name: name) { [self] in
            threadIdentity.store(PlainThread.currentIdentity, ordering: .releasing)
            runTurns()
        }
    }

    private func runTurns() {
        // Arrays that are filled in turns keep their room.
        var entries: [Entry] = []
        var deferred: [Deferred] = []
        while true {
            inbox.withLock { inbox in
                inbox.isPolling = false
                inbox.isWakeWritten = false
                swap(&entries, &inbox.entries)
            }
            for entry in entries { run(entry) }
            entries.removeAll(keepingCapacity: true)
            runEndOfTurn(&deferred)
            guard let mayBlock = prepareToPoll() else { return }
            _ = unsafe event_base_loop(base, mayBlock ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK)
        }
    }

    private func run(_ entry: Entry) {
        // A job is run on what it was enqueued for. Otherwise its task takes each call for a switch of executors, and
        // queues up behind itself.
        switch entry {
        case .actorJob(let job): unsafe job.runSynchronously(on: asUnownedSerialExecutor())
        case .taskJob(let job): unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        case .body(let body): body()
        }
    }

    private func runEndOfTurn(_ deferred: inout [Deferred]) {
        // What runs may defer further work, which still belongs to this turn.
        while unsafe !endOfTurn.isEmpty {
            unsafe swap(&endOfTurn, &deferred)
            for work in deferred { work.body() }
            deferred.removeAll(keepingCapacity: true)
        }
    }

    /// Whether the poll may block; `nil` when the thread has to end.
    private func prepareToPoll() -> Bool? {
        var mayBlock: Bool? = false
        let waiters: [CheckedContinuation<Void, Never>] = inbox.withLock { inbox in
            guard inbox.entries.isEmpty else { return [] }
            guard inbox.phase == .stopping else {
                inbox.isPolling = true
                mayBlock = true
                return []
            }
            threadIdentity.store(0, ordering: .releasing)
            inbox.phase = .stopped
            mayBlock = nil
            return exchange(&inbox.stopWaiters, with: [])
        }
        for waiter in waiters { waiter.resume() }
        return mayBlock
    }

    func enqueue(_ entry: Entry) {
        enum Attention { case none, wake, restart }
        let isCurrent = isCurrent
        let attention: Attention = inbox.withLock { inbox in
            inbox.entries.append(entry)
            if inbox.phase == .stopped {
                inbox.phase = .stopping
                return .restart
            }
            // On the loop's own thread the turn that follows finds the job.
            guard inbox.isPolling, !inbox.isWakeWritten, !isCurrent else { return .none }
            inbox.isWakeWritten = true
            return .wake
        }
        switch attention {
        case .none: break
        case .wake: wake()
        case .restart: startThreadAgain()
        }
    }

    /// A job that comes after the shutdown must not be lost. If the system has no thread left, this waits for one.
    private func startThreadAgain() {
        var pause: UInt32 = 1
        while true {
            do throws(RedisSystemError) { return try startThread() } catch {
                usleep(pause * 1000)
                pause = min(pause * 2, 100)
            }
        }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = unsafe write(wakeup.number, &one, 8)
    }
}

private func drain(_ descriptor: Int32) {
    var count: UInt64 = 0
    _ = unsafe read(descriptor, &count, 8)
}

extension RedisEventLoop: SerialExecutor, TaskExecutor {
    /// Runs a job of an actor on the loop's thread.
    public func enqueue(_ job: consuming ExecutorJob) { enqueue(.actorJob(UnownedJob(job))) }

    /// Runs a job of a task that prefers the loop on its thread. Both protocols call this `enqueue`, and only by the
    /// requirement that was called can the two be told apart.
    @_implements(TaskExecutor,enqueue(_:))
    public func enqueueTask(_ job: consuming ExecutorJob) { enqueue(.taskJob(UnownedJob(job))) }

    /// The loop as the executor of an actor.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    /// The loop as the executor of a task.
    public func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        unsafe UnownedTaskExecutor(ordinary: self)
    }

    /// Traps when the caller is not on the loop's thread.
    public func checkIsolated() { preconditionCurrent() }

    /// Whether the caller is on the loop's thread.
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }
}
