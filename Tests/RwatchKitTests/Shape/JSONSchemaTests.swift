import RedisCore
import RedisEvents
import RedisReactor
import RwatchKit
import TestSupport
import Testing

@Suite("docs/rwatch.schema.json", .tags(.unit))
struct JSONSchemaTests {
    private let schema: JSONSchema

    init() throws { schema = try .ofRwatch() }

    private func complaints(_ lines: [UInt8]) throws -> [String] {
        try String(decoding: lines, as: UTF8.self).split(separator: "\n").compactMap { line in
            try schema.complaint(about: String(line)).map { complaint in "\(line): \(complaint)" }
        }
    }

    @Test(
        "describes commands, messages and events of keys, whatever their bytes are",
        arguments: [BinaryStyle.b64, .hex]
    )
    func events(binary: BinaryStyle) throws {
        let shape = EventShape.utc(.json) { $0.binary = binary }
        var generator = Generator(state: 7)
        for _ in 0..<200 {
            let (one, other) = (generator.bytes(upTo: 20), generator.bytes(upTo: 20))
            let lines = [
                Shaped.line([one, other, []]), one, Array("1.000000 [name lua] \"A\"".utf8),
                Array("1.000000 [0 unix:/".utf8) + [0xff] + Array("] \"A\"".utf8),
                Array("1.000000 [".utf8) + [0xff] + Array(" lua] \"A\"".utf8),
            ]
            #expect(try complaints(Shaped.commands(lines, shape)) == [])
            let client = KnownClient(name: one, user: other)
            #expect(try complaints(Shaped.commands(lines, shape, client: client, isFromScript: true)) == [])
            #expect(try complaints(Shaped.message(.message, one, other, shape)) == [])
            #expect(try complaints(Shaped.message(.pmessage, one, pattern: other, one, shape)) == [])
            #expect(try complaints(Shaped.message(.smessage, one, other, shape)) == [])
            #expect(try complaints(Shaped.key(one, other, shape)) == [])
        }
    }

    @Test("describes the server of an event, and what is left out")
    func nodes() throws {
        let node = Shaped.commands([Shaped.line("PING")], .utc(.json), label: #","node":"a:1""#)
        #expect(try complaints(node) == [])
        let redacted = Shaped.commands([Shaped.line("SET", "k", "v")], .utc(.json) { $0.redaction = .all })
        #expect(try complaints(redacted) == [])
    }

    @Test("describes gaps and drops")
    func records() throws {
        let start = ContinuousClock.now
        for missed in [nil, 3] {
            let gap = RedisGap(
                cause: RedisDisconnect(.refused, "closed"),
                from: Moment(wall: RedisTimestamp(microseconds: 1_000_000), monotonic: start),
                until: Moment(
                    wall: RedisTimestamp(microseconds: 2_500_900),
                    monotonic: start.advanced(by: .seconds(2))
                ),
                isComplete: missed == nil,
                missedPublishes: missed
            )
            #expect(try complaints(formatted { EventJSON.gap(gap, to: &$0) }) == [])
        }
        var loss = OutputLoss(from: 1_500_000)
        (loss.events, loss.bytes) = (123, 4_567)
        #expect(try complaints(formatted { EventJSON.drop(loss, at: Shaped.time, to: &$0) }) == [])
    }

    @Test(
        "refuses what rwatch does not write",
        arguments: [
            #"{"kind":"message","ts":1.5,"channel":"c","payload":"p"}"#,
            #"{"v":2,"kind":"message","ts":1.5,"channel":"c","payload":"p"}"#,
            #"{"v":1,"kind":"massage","ts":1.5,"channel":"c","payload":"p"}"#,
            #"{"v":1,"kind":"message","ts":"1.5","channel":"c","payload":"p"}"#,
            #"{"v":1,"kind":"message","ts":1.5,"channel":"c"}"#,
            #"{"v":1,"kind":"message","ts":1.5,"channel":"c","payload":"p","payload_base64":"cA=="}"#,
            #"{"v":1,"kind":"message","ts":1.5,"channel":"c","payload_base64":"cA="}"#,
            #"{"v":1,"kind":"message","ts":1.5,"channel":"c","payload_hex":"F"}"#,
            #"{"v":1,"kind":"message","ts":1.5,"channel":"c","payload":"p","more":1}"#,
            #"{"v":1,"kind":"command","ts":1.5,"db":0,"client":"a:1","cmd":"A","args":[{"base64":"YQ==","hex":"61"}]}"#,
            #"{"v":1,"kind":"command","ts":1.5,"db":-1,"client":"a:1","cmd":"A","args":[]}"#,
            #"{"v":1,"kind":"command","ts":1.5,"client":"a:1","cmd":"A","args":[]}"#,
            #"{"v":1,"kind":"command","ts":1.5,"db":0,"client":"a:1","name":1,"cmd":"A","args":[]}"#,
            #"{"v":1,"kind":"command","ts":1.5,"db":0,"client":"a:1","lua":false,"cmd":"A","args":[]}"#,
            #"{"v":1,"kind":"command","ts":1.5,"db":0,"client":"a:1","cmd":"A","args":[1]}"#,
            #"{"v":1,"kind":"drop","ts":1.5,"from":1.5,"count":1.5,"bytes":1}"#,
            #"{"v":1,"kind":"drop","ts":1.5,"from":1.5,"count":true,"bytes":1}"#, "[]", "1",
        ]
    )
    func refusals(line: String) throws {
        #expect(try schema.complaint(about: line) != nil)
    }
}
