import Foundation
import RedisEvents
import RedisRESP
import RwatchKit

/// What a recording holds, in words.
struct SeenRecording: RecordingVisitor {
    var events: [String] = []

    mutating func command(_ line: RawSpan, _ header: MonitorLine, node: RawSpan) {
        let node = node.byteCount == 0 ? "" : "\(RedisBytes(copying: node)) "
        events.append(node + String(decoding: RedisBytes(copying: line), as: UTF8.self))
    }

    mutating func message(_ message: borrowing RecordedMessage) {
        let parts = [
            RedisBytes(copying: message.channel), RedisBytes(copying: message.pattern),
            RedisBytes(copying: message.payload), RedisBytes(copying: message.node),
        ]
        events.append("\(message.kind) \(message.time) \(parts.map(\.description).joined(separator: "|"))")
    }

    mutating func remark(_ remark: RecordingRemark) { events.append("\(remark)") }

    mutating func unreadable(_ problem: LineProblem) { events.append("\(problem)!") }
}

/// What the lines of a recording are, each read alone.
func seen(_ lines: [[UInt8]]) -> [String] {
    var parser = RecordingParser()
    var seen = SeenRecording()
    for line in lines { withBytes(line) { parser.read($0, &seen) } }
    return seen.events
}

func seen(_ lines: String...) -> [String] { seen(lines.map { Array($0.utf8) }) }

/// A file with these bytes, for as long as `body` takes.
func withRecording<Result>(_ bytes: [UInt8], _ body: (RedisBytes) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("recording-\(UUID().uuidString)")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(RedisBytes(file.path))
}

/// The whole file, as a recording.
func read(_ bytes: [UInt8], longest: Int = 1 << 20) throws -> [String] {
    try withRecording(bytes) { path in
        var reader = RecordingReader(try RecordingInput(path: path), longest: longest)
        var seen = SeenRecording()
        while try reader.read(&seen) {}
        return seen.events
    }
}

/// A file that is open for writing.
struct OpenFile {
    private let handle: FileHandle

    init(writing path: String) throws { handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path)) }

    func close() { try? handle.close() }
}

/// What gzip makes of these bytes.
func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    try withRecording(bytes) { path in
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-c", path.text ?? ""]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let compressed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Array(compressed)
    }
}
