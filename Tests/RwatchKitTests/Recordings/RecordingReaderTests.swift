import RedisCore
import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("Reading a recording", .tags(.unit))
struct RecordingReaderTests {
    private static func line(_ index: Int) -> String { "1.\(100_000 + index) [0 lua] \"GET\" \"\(index)\"" }

    @Test("finds every line, however the blocks of the file cut them")
    func lines() throws {
        // Several blocks of 256 KiB, and lines of all lengths.
        var random = Generator(state: 3)
        let lines = (0..<6_000).map { index in
            Self.line(index) + " \"" + String(repeating: "x", count: Int.random(in: 0..<400, using: &random)) + "\""
        }
        let text = Array((lines.joined(separator: "\n") + "\n").utf8)
        #expect(text.count > 3 * 256 << 10)
        let isWhole = try read(text) == lines
        #expect(isWhole)
    }

    @Test("passes over lines that are too long, and goes on behind them")
    func longLines() throws {
        let long = String(repeating: "y", count: 700_000)
        let text = "\(Self.line(1))\n\(long)\n\(Self.line(2))\n\(long)"
        #expect(try read(Array(text.utf8), longest: 1000) == [Self.line(1), "tooLong!", Self.line(2), "tooLong!"])
        let whole = #"1.000000 [0 lua] "SET" "k" ""# + long + "\""
        #expect(try read(Array("\(whole)\n\(Self.line(3))\n".utf8)) == [whole, Self.line(3)])
        #expect(try read(Array("\(whole)\n".utf8), longest: whole.utf8.count) == [whole])
        #expect(try read(Array("\(whole)\n".utf8), longest: whole.utf8.count - 1) == ["tooLong!"])
    }

    @Test("does not use a line that the end cuts off, unless it tells that it is whole")
    func unfinished() throws {
        #expect(
            try read(Array("OK\n\(Self.line(1))\n\(Self.line(2))".utf8)) == ["greeting", Self.line(1), "unfinished!"]
        )
        #expect(try read(Array(#"{"kind":"gap"}"#.utf8)) == ["gap"])
        #expect(try read(Array(#"{"kind":"ga"#.utf8)) == ["brokenJSON!"])
        #expect(try read([]) == [])
        #expect(try read(Array("\n".utf8)) == ["blank"])
    }

    @Test("decompresses what gzip has compressed, in one part or several, and tells where that ends too early")
    func compressed() throws {
        let lines = (0..<20_000).map(Self.line)
        let text = Array((lines.joined(separator: "\n") + "\n").utf8)
        #expect(text.count > 2 * 256 << 10)
        let file = try gzip(text)
        #expect(file.count < text.count / 2)
        let isWhole = try read(file) == lines
        #expect(isWhole)
        let (half, rest) = (Array(text[..<300_001]), Array(text[300_001...]))
        let isJoined = try read(gzip(half) + gzip([]) + gzip(rest) + [0, 0, 0]) == lines
        #expect(isJoined)
        for (damaged, isCut) in [
            (Array(file.dropLast(5000)), true), (Array(file.dropLast(4)), false), (file + [1], false),
        ] {
            let found = try read(damaged)
            #expect(found.last == "damaged!")
            let whole = found.dropLast().filter { !$0.hasSuffix("!") }
            #expect(isCut ? whole.count < lines.count : whole.count == lines.count)
            let isBeginning = lines.starts(with: whole)
            #expect(isBeginning)
        }
        // Where bytes are wrong, zlib may notice it a little later.
        #expect(try read(file[..<5000] + Array(repeating: 0xff, count: 50) + file[5050...]).last == "damaged!")
        #expect(try read([0x1f, 0x8b]) == ["damaged!"])
        #expect(try read([0x1f]) == ["unfinished!"])
        try withRecording(file) { path in
            var reader = RecordingReader(try RecordingInput(path: path), longest: 100)
            var seen = SeenRecording()
            for _ in 0..<2 {
                while try reader.read(&seen) {}
                try reader.rewind()
            }
            let isTwice = seen.events == lines + lines
            #expect(isTwice)
        }
    }

    @Test("can begin again")
    func rewind() throws {
        try withRecording(Array("OK\n\nrest".utf8)) { path in
            var reader = RecordingReader(try RecordingInput(path: path), longest: 100)
            var seen = SeenRecording()
            for _ in 0..<2 {
                while try reader.read(&seen) {}
                try reader.rewind()
            }
            #expect(seen.events == ["greeting", "blank", "unfinished!", "greeting", "blank", "unfinished!"])
        }
    }

    @Test("fails for a file that is not there, and for a folder")
    func missing() throws {
        #expect(throws: RedisError.self) { _ = try RecordingInput(path: "/nowhere/at/all") }
        var reader = RecordingReader(try RecordingInput(path: "/tmp"), longest: 100)
        var seen = SeenRecording()
        do {
            _ = try reader.read(&seen)
            Issue.record("a folder was read")
        } catch { #expect(error.message == "cannot read /tmp: Is a directory") }
    }

    @Test("knows whether somebody still writes the file")
    func beingWritten() throws {
        try withRecording(Array("OK\n".utf8)) { path in
            #expect(try !RecordingInput(path: path).isBeingWritten)
            #expect(try RecordingInput(path: path).isRegular)
            let writer = try OpenFile(writing: path.text ?? "")
            #expect(try RecordingInput(path: path).isBeingWritten)
            writer.close()
            #expect(try !RecordingInput(path: path).isBeingWritten)
        }
    }
}
