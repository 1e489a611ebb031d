import Foundation
import RedisTesting

/// A process that a test has started, and that writes lines. It is killed with this object.
final class WorkerProcess {
    private let process = Process()
    private let input = Pipe()
    private let output: URL

    /// Starts a program that lies beside the test program.
    init(_ name: String, _ arguments: [String]) throws {
        let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        output = FileManager.default.temporaryDirectory.appendingPathComponent("worker-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        process.executableURL = folder.appendingPathComponent(name)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
    }

    deinit {
        if process.isRunning { signal() }
        try? FileManager.default.removeItem(at: output)
    }

    /// The lines that it has written so far. One of a process that was killed may be cut.
    var lines: [Substring] {
        let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }

    /// What stands behind that word in the lines that begin with it.
    func lines(_ word: String) -> [String] {
        lines.compactMap { $0.hasPrefix(word + " ") ? String($0.dropFirst(word.count + 1)) : nil }
    }

    /// Kills it.
    func signal() { kill(process.processIdentifier, SIGKILL) }

    /// Lets it end. Returns whether it has ended well.
    func end() async throws -> Bool {
        try input.fileHandleForWriting.close()
        guard try await eventually(within: .seconds(20), { !self.process.isRunning }) else { return false }
        return process.terminationReason == .exit && process.terminationStatus == 0
    }
}
