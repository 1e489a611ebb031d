import RedisReactor
import Testing

/// Servers that are hostile in one way, in several forms of it.
struct HostileFamily: Sendable, CustomTestStringConvertible {
    var name: String
    var variants: [Hostility]
    /// How many of them a form meets in the everyday run.
    var steps = 1
    /// How long a scene looks at least.
    var span = Duration.milliseconds(200)
    /// Whether each server has an accomplice.
    var hasPeer = false
    var testDescription: String { name }

    /// What fits whichever reply is due.
    static let general: [HostileFamily] = [
        endlessLines, endlessNumbers, hugeCounts, nested, wrongTypes, extremeNumbers, escapes, hangUps, drips, silence,
        redirects,
    ]

    private static func say(_ name: String, _ text: String) -> Hostility {
        Hostility(name) { _ in .say(.raw(text)) }
    }

    private static func endless(_ name: String, _ head: String, _ piece: String) -> Hostility {
        let count = max(64 << 10 / piece.utf8.count, 1)
        let bytes = Array(String(repeating: piece, count: count).utf8)
        return Hostility(name) { _ in .endless(head: Array(head.utf8), piece: bytes) }
    }

    // MARK: - Endless

    /// Two letters that Unicode's rules make one of, so that what searches text by them has much to do.
    private static let regional = "\u{1f1e6}\u{1f1e7}"

    static let endlessLines = HostileFamily(
        name: "an endless line",
        variants: [
            endless("an endless status", "+", "a"), endless("an endless error", "-ERR ", "a"),
            endless("an endless error with arguments", "-ERR unknown command, with args beginning with: ", "'a' "),
            endless("an endless error of regional indicators", "-", regional),
            Hostility("an error of 900 KiB of regional indicators") { _ in
                .say(.raw("-ERR \(String(repeating: regional, count: 900 << 7))\r\n"))
            },
            Hostility("many errors of 60 KiB of regional indicators") { _ in
                let line = "-ERR \(String(repeating: regional, count: 60 << 7))\r\n"
                return .say(.raw(String(repeating: line, count: 20)))
            },
            Hostility("a line of 900 KiB of regional indicators in each string") { turn in
                .say(
                    turn.honest.changingLeaves { leaf in
                        guard case .bulk = leaf else { return leaf }
                        return .text(String(repeating: regional, count: 900 << 7))
                    }
                )
            },
            endless("an endless kind of push", ">2\r\n+", "k"),
        ]
    )

    static let endlessNumbers = HostileFamily(
        name: "an endless number",
        variants: [
            endless("an endless integer", ":", "1"), endless("an endless integer of zeros", ":", "0"),
            endless("an endless big number", "(", "7"), endless("an endless double", ",1.", "3"),
            endless("an endless length", "$", "0"), endless("an endless count", "*", "1"),
            endless("an endless negative length", "$-", "1"), endless("an endless count of a push", ">", "0"),
            Hostility("a big number of 900 KiB") { _ in
                .say(.raw("(\(String(repeating: "7", count: 900 << 10))\r\n"))
            },
        ]
    )

    // MARK: - Sizes

    static let hugeCounts: HostileFamily = {
        var variants: [Hostility] = []
        for type in ["*", "%", "~", ">", "|", "$", "=", "!"] {
            for count in ["9223372036854775807", "4611686018427387904", "2147483647", "1048576", "65535"] {
                variants.append(
                    Hostility("\(type)\(count)") { turn in
                        .say(.sequence([.raw("\(type)\(count)\r\n"), turn.honest]))
                    }
                )
            }
            for count in ["9223372036854775808", "-2", "-9223372036854775808", "+1", "", "?"] {
                variants.append(say("\(type)\(count)", "\(type)\(count)\r\n"))
            }
        }
        variants += [
            endless("a bulk string of 512 MiB", "$536870912\r\n", "a"),
            endless("a bulk string of 1 MiB", "$1048576\r\n", "a"),
            endless("an array of 4,194,304 nothings", "*4194303\r\n", "_\r\n"),
            endless("a push of 1,048,575 nothings", ">1048575\r\n", "_\r\n"),
            endless("a map of 500,000 nothings", "%500000\r\n", "_\r\n"),
            endless("endless attributes", "", "|1\r\n+a\r\n+b\r\n"),
            endless("endless empty arrays in an array", "*1000000\r\n", "*0\r\n"),
        ]
        return HostileFamily(name: "huge counts", variants: variants)
    }()

    static let nested: HostileFamily = {
        var variants: [Hostility] = []
        for (type, rest) in [
            ("*1\r\n", ""), ("%1\r\n+k\r\n", ""), ("~1\r\n", ""), ("|1\r\n+k\r\n", ":1\r\n"), (">1\r\n", ""),
        ] {
            for depth in [7, 8, 127, 128, 129, 100_000] {
                variants.append(
                    Hostility("\(type.prefix(2)) nested \(depth) times") { turn in
                        let head = String(repeating: type, count: depth)
                        return .say(.sequence([.raw(head), turn.honest, .raw(String(repeating: rest, count: depth))]))
                    }
                )
            }
            variants.append(endless("\(type.prefix(2)) nested without end", "", type))
        }
        return HostileFamily(name: "nested", variants: variants)
    }()

    // MARK: - Types and numbers

    private static let otherTypes = [
        ":1\r\n", ":-1\r\n", "+OK\r\n", "+\r\n", "$0\r\n\r\n", "$-1\r\n", "_\r\n", "*0\r\n", "*-1\r\n", "*1\r\n:1\r\n",
        "*3\r\n:1\r\n:2\r\n:3\r\n", "%0\r\n", "%1\r\n:1\r\n:2\r\n", "~0\r\n", "~1\r\n+a\r\n", "#t\r\n", "#f\r\n",
        ",1.5\r\n",
        ",nan\r\n", ",-inf\r\n", "(123456789012345678901234567890\r\n", "=4\r\ntxt:\r\n", "-ERR no\r\n", "-\r\n",
        "!5\r\nERR x\r\n", "!0\r\n\r\n",
    ]
    /// Not within others: these are replies of their own.
    private static let otherReplies = [
        ">0\r\n", ">1\r\n+x\r\n", ">1\r\n:1\r\n", ">3\r\n+message\r\n:1\r\n*0\r\n", ">3\r\n+subscribe\r\n_\r\n_\r\n",
        ">2\r\n$10\r\ninvalidate\r\n%0\r\n", "|1\r\n+a\r\n+b\r\n:1\r\n", "\r\n", " \r\n",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "-NOAUTH no\r\n", "-WRONGPASS no\r\n", "-NOPERM no\r\n", "-LOADING no\r\n", "-BUSY no\r\n",
        "-MASTERDOWN no\r\n",
        "-CLUSTERDOWN no\r\n", "-TRYAGAIN no\r\n", "-READONLY no\r\n", "-MISCONF no\r\n", "-NOPROTO no\r\n",
        "-ERR max number of clients reached\r\n", "-ERR unknown command\r\n", "-DENIED no\r\n", "-UNBLOCKED no\r\n",
    ]

    static let wrongTypes: HostileFamily = {
        var variants: [Hostility] = []
        for text in otherTypes {
            let name = text.replacing("\r\n", with: " ")
            variants += [
                say("\(name)for a reply", text),
                Hostility("\(name)for each element") { .say($0.honest.replacingElements(by: .raw(text))) },
                Hostility("\(name)for each element of an element") {
                    .say($0.honest.replacingInnerElements(by: .raw(text)))
                },
            ]
        }
        for text in otherReplies {
            let name = text.replacing("\r\n", with: " ")
            variants += [
                say("\(name)for a reply", text),
                Hostility("\(name)before the reply") { .say(.sequence([.raw(text), $0.honest])) },
            ]
        }
        variants.append(Hostility("each reply twice") { .say(.sequence([$0.honest, $0.honest])) })
        variants.append(
            Hostility("an odd number of elements") { turn in
                guard case .array(let parts) = turn.honest else { return .say(.array([.text("one")])) }
                return .say(.array(parts + [.text("one")]))
            }
        )
        return HostileFamily(name: "wrong types", variants: variants, steps: 2)
    }()

    static let extremeNumbers: HostileFamily = {
        let numbers = [
            "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-1", "0", "4294967296",
            "18446744073709551616", "1e999", "99999999999999999999999999999999999999999",
        ]
        let variants = numbers.flatMap { number -> [Hostility] in
            [
                Hostility("\(number) for each number") { turn in
                    .say(
                        turn.honest.changingLeaves { leaf in
                            switch leaf {
                            case .integer: .raw(":\(number)\r\n")
                            case .bulk(let bytes): .text(withNumbers(bytes) { _, _ in number })
                            case .simple(let bytes): .simple(Array(withNumbers(bytes) { _, _ in number }.utf8))
                            default: leaf
                            }
                        }
                    )
                },
                Hostility("\(number) for each number in a text") { texts($0) { _, _ in number } },
                Hostility("\(number) for each count of calls") { texts($0) { $1.hasPrefix("calls=") ? number : $0 } },
                Hostility("\(number) for some of the numbers in a text") { turn in
                    let (index, connection) = (Locked(0), turn.connection)
                    return texts(turn) { old, _ in
                        let place = index.withLock { index in
                            index += 1
                            return index
                        }
                        return (place + connection).isMultiple(of: 5) ? number : old
                    }
                },
            ]
        }
        return HostileFamily(name: "extreme numbers", variants: variants)
    }()

    /// The reply with each number of its texts replaced; what stands before it is told, too.
    private static func texts(
        _ turn: HostileTurn,
        _ change: @escaping (_ number: String, _ name: Substring) -> String
    ) -> HostileAct {
        .say(
            turn.honest.changingLeaves { leaf in
                if case .bulk(let bytes) = leaf { .text(withNumbers(bytes, change)) } else { leaf }
            }
        )
    }

    /// Digits within a word, as in `db0`, stay as they are.
    private static func withNumbers(_ bytes: [UInt8], _ change: (String, Substring) -> String) -> String {
        String(decoding: bytes, as: UTF8.self).replacing(#/([a-z_|]*[=: \n]|^)(-?[0-9]+(?:\.[0-9]+)?)/#) { match in
            "\(match.1)\(change(String(match.2), match.1))"
        }
    }

    // MARK: - Text

    /// All that must not reach a terminal, and a line that rwatch did not write.
    static let escapeBytes: [UInt8] =
        Array("\u{1b}]0;title\u{7}\u{1b}[2J\u{7f}\u{9b}31m\u{85}\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{2029}".utf8)
        + [0x9b, 0x80, 0xff, 0x00] + Array("\rrwatch: forged\nrwatch: forged\u{1b}c".utf8)

    static let escapes: HostileFamily = {
        let bytes = escapeBytes
        let code: [UInt8] = Array("ERR ".utf8)
        var variants: [Hostility] = [
            Hostility("escapes in an error") { _ in .say(.raw(Array("-ERR ".utf8) + bytes + [0x0d, 0x0a])) },
            Hostility("escapes as the code of an error") { _ in .say(.raw([0x2d] + bytes + [0x0d, 0x0a])) },
            Hostility("escapes in a bulk error") { _ in
                .say(.raw(Array("!\(code.count + bytes.count)\r\n".utf8) + code + bytes + [0x0d, 0x0a]))
            },
            Hostility("escapes in a bulk error with CR LF") { _ in
                let text = code + [0x0d, 0x0a] + bytes + [0x0d, 0x0a] + Array("rwatch: forged".utf8)
                return .say(.raw(Array("!\(text.count)\r\n".utf8) + text + [0x0d, 0x0a]))
            },
            Hostility("escapes in a status") { _ in .say(.simple(bytes)) },
            Hostility("escapes in a string") { _ in .say(.bulk(bytes)) },
            Hostility("escapes for the kind of a push, before the reply") {
                .say(.sequence([.push([.bulk(bytes), .bulk(bytes)]), $0.honest]))
            },
            Hostility("escapes for the kind of many pushes, before the reply") { turn in
                let pushes = (0..<2000).map { WireReply.push([.bulk(bytes + Array("\($0)".utf8)), .bulk(bytes)]) }
                return .say(.sequence(pushes + [turn.honest]))
            },
            Hostility("a push whose kind has 100 KiB, before the reply") {
                .say(.sequence([.push([.bulk(Array(repeating: 0x6b, count: 100 << 10))]), $0.honest]))
            },
            Hostility("an error of 100 KiB") { _ in .say(.raw("-ERR \(String(repeating: "e", count: 100 << 10))\r\n"))
            },
        ]
        for code in ["NOPERM", "NOAUTH", "WRONGPASS", "LOADING", "MOVED", "MASTERDOWN"] {
            variants.append(
                Hostility("escapes behind \(code)") { _ in
                    .say(.raw(Array("-\(code) ".utf8) + bytes + [0x0d, 0x0a]))
                }
            )
        }
        variants += [
            Hostility("escapes behind each string") { .say(changingStrings($0.honest) { $0 + bytes }) },
            Hostility("escapes before each string") { .say(changingStrings($0.honest) { bytes + $0 }) },
            Hostility("escapes for each string") { .say(changingStrings($0.honest) { _ in bytes }) },
            Hostility("escapes for each value") { .say($0.honest.replacingElements(by: .bulk(bytes))) },
            Hostility("escapes for each value of an element") {
                .say($0.honest.replacingInnerElements(by: .bulk(bytes)))
            },
            Hostility("escapes within each string") {
                .say(changingStrings($0.honest) { $0.prefix($0.count / 2) + bytes + $0.dropFirst($0.count / 2) })
            },
        ]
        return HostileFamily(name: "escape bytes", variants: variants, steps: 2)
    }()

    private static func changingStrings(_ reply: WireReply, _ change: ([UInt8]) -> [UInt8]) -> WireReply {
        reply.changingLeaves { leaf in
            switch leaf {
            case .bulk(let bytes): .bulk(change(bytes))
            case .simple(let bytes): .simple(change(bytes))
            default: leaf
            }
        }
    }

    // MARK: - Time

    static let hangUps = HostileFamily(
        name: "hang-ups",
        variants: [
            Hostility("hangs up instead") { _ in .hangUp(after: []) },
            Hostility("hangs up after the reply") { .hangUp(after: $0.honestBytes) },
            Hostility("hangs up in the middle of the reply") { turn in
                .hangUp(after: Array(turn.honestBytes.prefix(turn.honestBytes.count / 2)))
            },
            Hostility("hangs up after a byte") { _ in .hangUp(after: Array("*".utf8)) },
            Hostility("hangs up after an error") { _ in .hangUp(after: Array("-ERR no\r\n".utf8)) },
        ],
        span: .milliseconds(500)
    )

    static let drips = HostileFamily(
        name: "one byte at a time",
        variants: [
            Hostility("drips the reply") { .drip($0.honestBytes, repeats: false) },
            Hostility("drips an endless line") { _ in .drip(Array("a".utf8), repeats: true) },
            Hostility("drips an endless array") { _ in .drip(Array("*1\r\n".utf8), repeats: true) },
            Hostility("drips the reply again and again") { turn in
                turn.honestBytes.isEmpty ? .silence : .drip(turn.honestBytes, repeats: true)
            },
        ],
        span: .milliseconds(600)
    )

    static let silence = HostileFamily(
        name: "silence",
        variants: [Hostility("says nothing more") { _ in .silence }],
        span: .milliseconds(200)
    )

    // MARK: - Elsewhere

    static let redirects = HostileFamily(
        name: "redirects in a circle",
        variants: [
            Hostility("MOVED to itself") { .say(.raw("-MOVED 7365 127.0.0.1:\($0.port)\r\n")) },
            Hostility("MOVED to each other") { .say(.raw("-MOVED 7365 127.0.0.1:\($0.peerPort)\r\n")) },
            Hostility("ASK to itself") { .say(.raw("-ASK 7365 127.0.0.1:\($0.port)\r\n")) },
            Hostility("ASK to each other") { .say(.raw("-ASK 7365 127.0.0.1:\($0.peerPort)\r\n")) },
            Hostility("MOVED and ASK to each other") { turn in
                let word = turn.connection.isMultiple(of: 2) ? "MOVED" : "ASK"
                return .say(.raw("-\(word) 7365 127.0.0.1:\(turn.peerPort)\r\n"))
            },
            Hostility("MOVED to ever another address") { turn in
                .say(.raw("-MOVED 7365 127.0.\(turn.connection % 250).9:\(turn.port)\r\n"))
            },
            say("MOVED without a host", "-MOVED 7365 :0\r\n"), say("MOVED without words", "-MOVED\r\n"),
            say("MOVED of a slot that is none", "-MOVED 99999999999999999999 127.0.0.1:1\r\n"),
            say("MOVED of a negative slot", "-MOVED -1 127.0.0.1:1\r\n"),
            say("ASK to port 65536", "-ASK 1 127.0.0.1:65536\r\n"),
            say("MOVED to an endless name", "-MOVED 1 \(String(repeating: "a", count: 300 << 10)):1\r\n"),
            Hostility("CLUSTERDOWN for ever") { _ in .say(.raw("-CLUSTERDOWN Hash slot not served\r\n")) },
            Hostility("TRYAGAIN for ever") { _ in .say(.raw("-TRYAGAIN no\r\n")) },
        ],
        span: .milliseconds(600),
        hasPeer: true
    )
}
