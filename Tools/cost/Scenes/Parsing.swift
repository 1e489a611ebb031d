import Glibc
import RedisRESP

/// The parser alone, over a block of frames that is there already.
enum Parsing {
    static func message(_ channel: String) -> String {
        ">3\r\n$7\r\nmessage\r\n$15\r\n\(channel)\r\n$16\r\nxxxxxxxxxxxxxxxx\r\n"
    }

    static func pattern(_ channel: String) -> String {
        ">4\r\n$8\r\npmessage\r\n$9\r\nchannel:*\r\n$15\r\n\(channel)\r\n$16\r\nxxxxxxxxxxxxxxxx\r\n"
    }

    static func monitor(_ channel: String) -> String {
        "+1763700000.052523 [0 127.0.0.1:50412] \"SET\" \"\(channel)\" \"xxxxxxxxxxxxxxxx\"\r\n"
    }

    static func run(_ setting: Setting, _ frame: (String) -> String) throws {
        var block: [UInt8] = []
        for _ in 0..<1000 { block += frame("channel:0000000").utf8 }
        let countdown = Countdown(setting.messages)
        var parser = FrameParser()
        while true { try parse(block, &parser, countdown) }
    }

    private static func parse(_ block: [UInt8], _ parser: inout FrameParser, _ countdown: Countdown) throws {
        let bytes = block.span.rawBytes
        var offset = 0
        while offset < bytes.byteCount {
            guard case .frame(let count) = try parser.parse(bytes.extracting(offset..<bytes.byteCount)) else {
                Countdown.fail("a frame that is not whole")
            }
            offset += count
            countdown.line()
        }
    }
}
