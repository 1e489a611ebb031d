import Foundation
import RedisPOSIX
import RedisTesting
import RwatchKit
import TestSupport
import Testing

@Suite("A recording", .tags(.unit))
final class RecordingTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("recording-\(UUID().uuidString)")
    private let notices = Locked<[String]>([])

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func settings(_ name: String = "e.log") throws -> RecordingSettings {
        RecordingSettings(name: try RecordingName(Array("\(folder.path)/\(name)".utf8)))
    }

    private func pump(_ settings: RecordingSettings) throws -> OutputPump {
        let notices = notices
        return try OutputPump(to: .recording(settings) { text in notices.withLock { $0.append(text) } })
    }

    private func files() throws -> [String: String] {
        var files: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            // A part may get its own name between the two looks.
            guard let data = try? Data(contentsOf: folder.appendingPathComponent(name)) else { continue }
            files[name] = String(decoding: data, as: UTF8.self)
        }
        return files
    }

    private func put(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    private func submit(_ text: String, to pump: OutputPump) {
        #expect(pump.submit(chunk: Array(text.utf8), events: 1))
    }

    @Test("has another name while it is written")
    func naming() async throws {
        let pump = try pump(try settings())
        submit("one\n", to: pump)
        #expect(try await eventually { try self.files() == ["e.log.part": "one\n"] })
        submit("two\n", to: pump)
        #expect(pump.finish() == nil)
        #expect(try files() == ["e.log": "one\ntwo\n"])
    }

    @Test("replaces no file: the part gets a number, beside a compressed part too")
    func taken() throws {
        try put("e.log", "old")
        try put("e.1.log.gz", "older")
        let pump = try pump(try settings())
        submit("new\n", to: pump)
        #expect(pump.finish() == nil)
        #expect(try files() == ["e.log": "old", "e.1.log.gz": "older", "e.2.log": "new\n"])
    }

    @Test("begins a part before one becomes too large, and cuts no chunk")
    func rotation() throws {
        var settings = try settings()
        settings.size = RecordingSettings.leastSize
        let pump = try pump(settings)
        let chunk = String(repeating: "x", count: 39_999) + "\n"
        for _ in 0..<3 { submit(chunk, to: pump) }
        #expect(pump.finish() == nil)
        #expect(try files() == ["e.log": chunk, "e.1.log": chunk, "e.2.log": chunk])
    }

    @Test("ends its part when it is asked to, and the next one begins with the next event")
    func reopened() async throws {
        let pump = try pump(try settings())
        submit("one\n", to: pump)
        pump.reopen()
        #expect(try await eventually { try self.files() == ["e.log": "one\n"] })
        pump.reopen()
        submit("two\n", to: pump)
        #expect(pump.finish() == nil)
        #expect(try files() == ["e.log": "one\n", "e.1.log": "two\n"])
    }

    @Test("keeps the newest parts, those of earlier runs included, and nobody else's files")
    func kept() throws {
        for (name, age) in [("e.1.log", 30.0), ("e.2.log.gz", 20), ("e.log.bak", 40), ("f.log", 50)] {
            try put(name, "old")
            let date = Date(timeIntervalSinceNow: -age)
            let path = folder.appendingPathComponent(name).path
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
        }
        var settings = try settings()
        settings.kept = 2
        let pump = try pump(settings)
        submit("new\n", to: pump)
        #expect(pump.finish() == nil)
        #expect(try files() == ["e.log": "new\n", "e.2.log.gz": "old", "e.log.bak": "old", "f.log": "old"])
        #expect(notices.withLock { $0 } == [])
    }

    @Test("is compressed part by part, and each whole part is given to the command")
    func compressed() throws {
        var settings = try settings()
        settings.isCompressed = true
        settings.command = "gzip -dc \"$RWATCH_FILE\" > \(folder.path)/plain; exit 3"
        let pump = try pump(settings)
        submit(String(repeating: "a line\n", count: 10_000), to: pump)
        #expect(pump.finish() == nil)
        let files = try files()
        #expect(Set(files.keys) == ["e.log.gz", "plain"])
        #expect(files["plain"] == String(repeating: "a line\n", count: 10_000))
        #expect(try Data(contentsOf: folder.appendingPathComponent("e.log.gz")).count < 1_000)
        #expect(notices.withLock { $0 } == ["--exec-rotate ended with status 3 for \(folder.path)/e.log.gz"])
    }

    @Test("of a killed run is brought to its end by the next one, without a cut line")
    func recovered() throws {
        let long = String(repeating: "y", count: 100_000)
        try put("e.log.part", "whole\n\(long)")
        try put("e.3.log.part", "cut")
        try put("e.4.log.gz.part", "half of a compressed part")
        try put("other.log.part", "cut")
        let pump = try pump(try settings())
        submit("new\n", to: pump)
        #expect(pump.finish() == nil)
        #expect(try files() == ["e.log": "whole\n", "e.1.log": "new\n", "other.log.part": "cut"])
        let text = "kept \(folder.path)/e.log, which a killed run had left, without the 100000 bytes of a cut line"
        #expect(notices.withLock { $0 } == [text])
    }

    @Test("of another run that goes on is left alone")
    func beside() async throws {
        let first = try pump(try settings())
        submit("first\n", to: first)
        #expect(try await eventually { try self.files() == ["e.log.part": "first\n"] })
        let second = try pump(try settings())
        submit("second\n", to: second)
        #expect(second.finish() == nil)
        #expect(first.finish() == nil)
        #expect(try files() == ["e.log": "first\n", "e.1.log": "second\n"])
    }

    @Test("that cannot be made ends the output with the reason")
    func refused() throws {
        let log = FailureLog()
        let name = try RecordingName(Array("\(folder.path)/absent/e.log".utf8))
        let pump = try OutputPump(to: .recording(RecordingSettings(name: name)) { _ in }) { log.record($0) }
        let failure = OutputFailure.partFailed(name.text, RedisSystemError(call: "opendir", code: ENOENT))
        #expect(pump.finish() == failure)
        #expect(log.all == [failure])
    }
}
