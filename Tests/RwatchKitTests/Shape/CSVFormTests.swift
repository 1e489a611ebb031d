import RedisEvents
import RwatchKit
import TestSupport
import Testing

@Suite("Comma-separated values", .tags(.unit))
struct CSVFormTests {
    private static let csv = EventShape.utc(.csv, .iso)
    private static let start = "2026-11-20T23:59:03.045931Z,,"

    @Test("the header has as many columns as each record, and they are always the same")
    func headers() {
        for (stream, header) in [
            (EventStreamKind.commands, "kind,time,node,db,client,command,arguments\r\n"),
            (.messages, "kind,time,node,channel,pattern,payload\r\n"), (.keyEvents, "kind,time,node,db,event,key\r\n"),
        ] { #expect(Self.csv.header(of: stream) == Array(header.utf8)) }
        #expect(EventShape.utc(.line).header(of: .messages) == [])
    }

    @Test("a command's arguments are one field, as MONITOR writes them")
    func commands() {
        let line = Shaped.line("SET", "k", "a,\"b\"\\\n")
        #expect(
            Shaped.command(line, Self.csv)
                == "command,\(Self.start)0,127.0.0.1:41690,SET,"
                + #""""k"" ""a,\""b\""\\\n""""# + "\r\n"
        )
        #expect(
            Shaped.command(Shaped.line("PING"), Self.csv) == "command,\(Self.start)0,127.0.0.1:41690,PING,\r\n"
        )
        #expect(
            Shaped.command(Array("1.5 wh,at\u{1b}".utf8), Self.csv)
                == "line,1970-01-01T00:00:01.500000Z,,,,,\"1.5 wh,at\\x1b\"\r\n"
        )
    }

    @Test("messages, with everything in its one line")
    func messages() {
        for (payload, field) in [
            ("plain", "plain"), ("", ""), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("é", "\"é\""),
            ("l\nm\r\n", #""l\nm\r\n""#), (#"back\slash"#, #"back\\slash"#), ("\u{1b}[2J", #""\x1b[2J""#),
            ("\u{202e}", #""\xe2\x80\xae""#), (" blank ", " blank "), ("\"", "\"\"\"\""), ("'", "'"),
        ] {
            #expect(Shaped.message(payload, Self.csv) == "message,\(Self.start)ch,,\(field)\r\n")
        }
        let pattern = Shaped.message(.pmessage, Array("c,h".utf8), pattern: Array("c*".utf8), [], Self.csv)
        #expect(String(decoding: pattern, as: UTF8.self) == "pmessage,\(Self.start)\"c,h\",c*,\r\n")
        #expect(Shaped.key("set", "k", Self.csv) == "key,\(Self.start)3,set,k\r\n")
    }

    @Test("bytes that are no text, as --binary says")
    func binary() {
        for (style, field) in [(BinaryStyle.escape, #""\xff\x00""#), (.hex, "hex:ff00"), (.b64, "base64:/wA=")] {
            let shape = EventShape.utc(.csv, .iso) { $0.binary = style }
            let shown = Shaped.message(.message, Array("ch".utf8), [0xff, 0x00], shape)
            #expect(String(decoding: shown, as: UTF8.self) == "message,\(Self.start)ch,,\(field)\r\n")
        }
    }
}
