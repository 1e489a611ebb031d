import Foundation
import RedisTesting

/// A process that a test has started, and that writes lines. It is killed with this object.
package final class WorkerProcess {
    private let process = Process()
    private let input = Pipe()
    private let output: URL

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - path: The program; one without a slash lies beside the test program.
    ///   - arguments: Its arguments.
    ///   - environment: What is added to the environment.
    /// - Throws: When it cannot be started.
    package init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        output = FileManager.default.temporaryDirectory.appendingPathComponent("worker-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        process.executableURL = path.contains("/") ? URL(fileURLWithPath: path) : folder.appendingPathComponent(path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = input
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: output)
    }

    package var processIdentifier: Int32 { process.processIdentifier }

    /// The lines that it has written so far. One of a process that was killed may be cut.
    package var lines: [Substring] {
        let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }

    /// How many bytes it has written so far.
    package var writtenCount: Int {
        let facts = try? FileManager.default.attributesOfItem(atPath: output.path)
        return facts?[.size] as? Int ?? 0
    }

    /// What stands behind that word in the lines that begin with it.
    package func lines(_ word: String) -> [String] {
        lines.compactMap { $0.hasPrefix(word + " ") ? String($0.dropFirst(word.count + 1)) : nil }
    }

    package func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Writes a line to its input.
    package func tell(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8))
    }

    /// Lets it end. Returns whether it has ended well.
    package func end() async throws -> Bool {
        try input.fileHandleForWriting.close()
        guard try await eventually(within: .seconds(20), { !self.process.isRunning }) else { return false }
        return process.terminationReason == .exit && process.terminationStatus == 0
    }
}
