import Glibc
import Synchronization

/// What the language's runtime alone takes to let tasks wait: each awaits a number that another thread hands to all of
/// them at once, as a client does with the replies of one read. No client that resumes tasks can cost less.
enum Resuming {
    static func run(_ arguments: Arguments) async throws {
        let count = arguments.number("--tasks", or: 64)
        let rounds = Rounds(count)
        Thread.run { rounds.serve() }
        let begin = Cost.now()
        let got = await withTaskGroup(of: Int.self) { group in
            for task in 0..<count {
                group.addTask {
                    var got = 0
                    for _ in stride(from: task, to: arguments.messages, by: count) { got += await rounds.next() }
                    rounds.leave()
                    return got
                }
            }
            return await group.reduce(0, +)
        }
        let end = Cost.now()
        Report.end([("messages", got), ("cpu", end.cpu - begin.cpu), ("wall", end.wall - begin.wall)])
    }
}

/// Serves the waiting tasks as soon as all of them wait.
private final class Rounds: Sendable {
    private struct State {
        var waiting: [UnsafeContinuation<Int, Never>] = []
        var tasks: Int
        var isFull: Bool { waiting.count == tasks && tasks > 0 }
    }

    private let state: Mutex<State>
    private let isFull = Signal()

    init(_ tasks: Int) { state = Mutex(State(tasks: tasks)) }

    func next() async -> Int {
        await withUnsafeContinuation { continuation in
            let isFull = state.withLock { state in
                state.waiting.append(continuation)
                return state.isFull
            }
            if isFull { self.isFull.send() }
        }
    }

    func leave() {
        let isFull = state.withLock { state in
            state.tasks -= 1
            return state.isFull
        }
        if isFull { self.isFull.send() }
    }

    func serve() {
        while true {
            isFull.wait()
            let waiting = state.withLock { state in
                let waiting = state.waiting
                state.waiting.removeAll(keepingCapacity: true)
                return waiting
            }
            for continuation in waiting { continuation.resume(returning: 1) }
        }
    }
}

/// Wakes a thread that waits, by a pipe, as a socket would.
private struct Signal: Sendable {
    private let ends: (reader: Int32, writer: Int32)

    init() {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        self.ends = (ends[0], ends[1])
    }

    func send() { _ = write(ends.writer, [1], 1) }

    func wait() {
        var byte: UInt8 = 0
        _ = read(ends.reader, &byte, 1)
    }
}
