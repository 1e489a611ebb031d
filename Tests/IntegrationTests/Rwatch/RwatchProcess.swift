import Foundation
import RedisTesting

/// The built tool, run as a process of its own.
final class RwatchProcess {
    private let process = Process()
    private let directory: URL
    private let output: URL
    private let errors: URL

    /// The tool lies beside the test bundle.
    static var executable: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("rwatch")
    }

    /// Starts it with its output going to files, or to `output` when one is given.
    init(
        _ arguments: [String],
        executable: URL = RwatchProcess.executable,
        environment: [String: String] = [:],
        input: String? = nil,
        keyboard: FileHandle? = nil,
        output descriptor: FileHandle? = nil,
        errors errorDescriptor: FileHandle? = nil
    ) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("rwatch-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        output = directory.appendingPathComponent("out")
        errors = directory.appendingPathComponent("err")
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        // Whoever runs the tests may ignore signals, a shell's background for instance, and what was ignored at the
        // start stays so.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["--default-signal", executable.path] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = try descriptor ?? FileHandle(forWritingTo: output)
        process.standardError = try errorDescriptor ?? FileHandle(forWritingTo: errors)
        if let input {
            let file = directory.appendingPathComponent("in")
            try Data(input.utf8).write(to: file)
            process.standardInput = try FileHandle(forReadingFrom: file)
        } else {
            process.standardInput = keyboard ?? FileHandle.nullDevice
        }
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: directory)
    }

    var id: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    var bytes: [UInt8] { (try? Array(Data(contentsOf: output))) ?? [] }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }
    var notices: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// The notices without the hint that an end is worked at, which comes when that takes half a second.
    var noticesWithoutHint: String {
        notices.replacing(#/rwatch: waiting for [^\n]*; a second signal ends at once\n/#, with: "")
    }

    /// Whether the process is stopped by job control, as its parent would be told.
    func isStopped() throws -> Bool {
        let stat = try String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
        return stat.split(separator: ")").last?.hasPrefix(" T ") == true
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end; the status as a shell shows it, 128 + n for signal n, or -1 when it does not end in time.
    func status(within limit: Duration = .seconds(20)) async throws -> Int32 {
        guard try await eventually(within: limit, { !process.isRunning }) else { return -1 }
        return process.terminationReason == .uncaughtSignal
            ? 128 + process.terminationStatus : process.terminationStatus
    }
}
