import Foundation
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

/// Processes that take messages at least once, one of which is killed again and again.
///
/// Required: no message is lost, and in the end nothing is left anywhere. How often a message is handled twice is bounded
/// by what was in hand when a process was killed.
@Suite("A queue of many processes", .tags(.server, .slow, .once), .timeLimit(.minutes(5)))
struct QueueFaultTests {
    @Test("gives each message to somebody, though one of its consumers is killed again and again")
    func kills() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            var workers = try (0..<4).map { _ in try QueueWorkerProcess(server.url, "q") }
            var ended: [QueueWorkerProcess] = []
            let putting = Task {
                var count = 0
                while !Task.isCancelled {
                    try await queue.put((count..<(count + 10)).map { "\($0)" })
                    count += 10
                    while try await queue.count() > 200, !Task.isCancelled { await Task.yield() }
                }
                return count
            }
            let pause = Duration.milliseconds(isSoak ? 1000 : 300)
            for round in 0..<(isSoak ? 60 : 8) {
                let index = round % workers.count
                let before = (workers + ended).map { $0.words.count }.reduce(0, +)
                let began = ContinuousClock.now
                #expect(
                    try await eventually(within: .seconds(20)) {
                        (workers + ended).map { $0.words.count }.reduce(0, +) > before + 20
                            && began.duration(to: .now) > pause
                    }
                )
                workers[index].signal(SIGKILL)
                ended.append(workers[index])
                workers[index] = try QueueWorkerProcess(server.url, "q")
            }
            putting.cancel()
            let count = try await putting.joined
            let all = Set((0..<count).map { "\($0)" })
            #expect(
                try await eventually(within: .seconds(30)) {
                    Set((workers + ended).flatMap { $0.messages("taken") }).isSuperset(of: all)
                }
            )
            for worker in workers { #expect(try await worker.end()) }
            // Everything was acknowledged by somebody, or by one that was killed before it could say so.
            #expect(try await queue.count() == 0)
            #expect(try server.command("KEYS", "{q}:consumer:*").isEmpty)
            let taken = (workers + ended).flatMap { $0.messages("taken") }
            #expect(taken.count - all.count <= ended.count * 2)
        }
    }
}

/// A `queue-worker`.
private final class QueueWorkerProcess {
    private let process = Process()
    private let input = Pipe()
    private let output: URL

    init(_ url: String, _ name: String) throws {
        let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        output = FileManager.default.temporaryDirectory.appendingPathComponent("queue-worker-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        process.executableURL = folder.appendingPathComponent("queue-worker")
        process.arguments = [url, name, "1000"]
        process.standardInput = input
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: output)
    }

    /// The lines that it has written so far. One of a process that was killed may be cut.
    var words: [Substring] {
        let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }

    /// The messages of the lines that begin with that word.
    func messages(_ word: String) -> [String] {
        words.compactMap { line in
            let parts = line.split(separator: " ")
            return parts.count == 2 && parts[0] == word ? String(parts[1]) : nil
        }
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Lets it end. Returns whether it has given everything back and ended well.
    func end() async throws -> Bool {
        try input.fileHandleForWriting.close()
        guard try await eventually(within: .seconds(20), { !process.isRunning }) else { return false }
        return process.terminationReason == .exit && process.terminationStatus == 0
    }
}
