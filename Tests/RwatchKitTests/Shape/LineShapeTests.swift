import RedisEvents
import RwatchKit
import TestSupport
import Testing

@Suite("The line form with options", .tags(.unit))
struct LineShapeTests {
    @Test("the usual time, another one, and none")
    func times() {
        let line = Shaped.line("SET", "k", "v")
        for (style, start) in [
            (TimeStyle.unix, "1795219143.045931 "), (.iso, "2026-11-20T23:59:03.045931Z "),
            (.local, "23:59:03.045931 "), (.delta, "+0.000000 "), (.none, ""),
        ] {
            let shape = EventShape.utc(.line, style)
            #expect(Shaped.command(line, shape) == start + "[0 127.0.0.1:41690] \"SET\" \"k\" \"v\"\n")
            #expect(Shaped.message("a\nb", shape) == start + #"message "ch" "a\nb""# + "\n")
            #expect(Shaped.key("del", "k", shape) == start + #"[3] del "k""# + "\n")
        }
        let labelled = Shaped.commands([line], .utc(.line, .none), label: "node=a:1 ")
        #expect(String(decoding: labelled, as: UTF8.self) == "node=a:1 [0 127.0.0.1:41690] \"SET\" \"k\" \"v\"\n")
    }

    @Test("a line that cannot be read keeps its own time")
    func unreadable() {
        #expect(Shaped.command(Array("OK\u{1b}".utf8), .utc(.line, .iso)) == "OK\\x1b\n")
    }

    @Test("values are cut inside their quotes, so that the line stays one of MONITOR")
    func cut() {
        let shape = EventShape.utc(.line) { $0.cut = .bytes(4) }
        let line = Shaped.line(["SETNAMES", "abcd", "abcde", "\n\n\n\n\nx", "ééé"].map { Array($0.utf8) })
        #expect(
            Shaped.command(line, shape)
                == #"1795219143.045931 [0 127.0.0.1:41690] "SETNAMES" "abcd" "abcd...(+1B)" "\n\n\n\n...(+2B)" "#
                + #""\xc3\xa9\xc3\xa9...(+2B)""# + "\n"
        )
        #expect(Shaped.message("ababé", shape) == #"1795219143.045931 message "ch" "abab...(+2B)""# + "\n")
        #expect(Shaped.message("abaé", shape) == #"1795219143.045931 message "ch" "aba...(+2B)""# + "\n")
        #expect(Shaped.key("del", "abcdef", shape) == "1795219143.045931 [3] del \"abcdef\"\n")
    }

    @Test("the server's line byte for byte")
    func verbatim() {
        let line: [UInt8] = Array("1.000000 [0 unix:/\u{1b}] \"A\"".utf8) + [0xff]
        #expect(Shaped.commands([line], .utc(.verbatimLine)) == line + [0x0a])
    }

    @Test("raw is the payload or the key, and what ends it")
    func raw() {
        let bytes: [UInt8] = [0x61, 0x1b, 0xff, 0x0a]
        for delimiter: [UInt8] in [[0x0a], [0], [], [0x2d, 0x2d]] {
            let shape = EventShape.utc(.raw) { $0.delimiter = delimiter }
            #expect(Shaped.message(.message, [0x63], bytes, shape) == bytes + delimiter)
            #expect(Shaped.key([0x65], bytes, shape) == bytes + delimiter)
        }
        let shape = EventShape.utc(.raw) { $0.isTerminal = true }
        #expect(Shaped.message(.message, [0x63], bytes, shape) == Array("a\\x1b\\xff\\n\n".utf8))
    }

    @Test("resp is a command as it was sent, and a message as it was pushed")
    func resp() {
        let line = Shaped.line([Array("SET".utf8), [0xff, 0x0a], []])
        #expect(
            Shaped.commands([line], .utc(.resp))
                == Array("*3\r\n$3\r\nSET\r\n$2\r\n".utf8) + [0xff, 0x0a] + Array("\r\n$0\r\n\r\n".utf8)
        )
        #expect(Shaped.commands([Array("1.5 what".utf8)], .utc(.resp)) == [])
        #expect(Shaped.commands([Array(#"1.000000 [0 lua] "A" "\q""#.utf8)], .utc(.resp)) == [])
        let message = Shaped.message(.pmessage, Array("ch".utf8), pattern: [0x2a], [0xff], .utc(.resp))
        #expect(
            message == Array("*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$2\r\nch\r\n$1\r\n".utf8) + [0xff, 0x0d, 0x0a]
        )
        let shard = Shaped.message(.smessage, Array("ch".utf8), [], .utc(.resp))
        #expect(shard == Array("*3\r\n$8\r\nsmessage\r\n$2\r\nch\r\n$0\r\n\r\n".utf8))
    }
}
