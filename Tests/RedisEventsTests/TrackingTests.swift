import RedisCore
import RedisEvents
import RedisRESP
import TestSupport
import Testing

@Suite("Tracking", .tags(.unit))
struct TrackingTests {
    typealias Action = TrackingMachine.Action

    @Test("is enabled in RESP3 by one command")
    func resp3() {
        var machine = TrackingMachine(prefixes: ["a:", ""])
        let command: RedisCommand = ["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "a:", "PREFIX", ""]
        #expect(machine.linkReady(protocolVersion: 3) == .send([command]))
        #expect(!machine.isTracking)
        #expect(machine.replied(.simpleString("OK")) == .tracking)
        #expect(machine.isTracking)
        machine.linkLost()
        #expect(!machine.isTracking)
    }

    @Test("redirects to itself in RESP2, and is enabled when the subscription is confirmed")
    func resp2() {
        var machine = TrackingMachine(prefixes: [])
        #expect(machine.linkReady(protocolVersion: 2) == .send([["CLIENT", "ID"]]))
        #expect(
            machine.replied(.integer(7))
                == .send([
                    ["CLIENT", "TRACKING", "ON", "REDIRECT", "7", "BCAST"], ["SUBSCRIBE", "__redis__:invalidate"],
                ])
        )
        #expect(machine.replied(.simpleString("OK")) == .wait)
        #expect(!machine.isTracking)
        #expect(machine.subscribed() == .tracking)
        #expect(machine.isTracking)
    }

    @Test("begins anew on each link")
    func again() {
        var machine = TrackingMachine(prefixes: [])
        _ = machine.linkReady(protocolVersion: 2)
        machine.linkLost()
        #expect(machine.linkReady(protocolVersion: 3) == .send([["CLIENT", "TRACKING", "ON", "BCAST"]]))
        #expect(machine.replied(.simpleString("OK")) == .tracking)
    }

    static let refusals: [(String, RedisError.Code)] = [
        ("ERR unknown subcommand 'TRACKING'. Try CLIENT HELP.", .unsupported),
        ("ERR Unknown subcommand or wrong number of arguments for 'TRACKING'. Try CLIENT HELP", .unsupported),
        ("ERR unknown command `CLIENT`, with args beginning with: `ID`, ", .unsupported),
        ("ERR Prefix 'a' overlaps with an existing prefix 'ab'.", .serverError),
        ("NOPERM this user has no permissions to run the 'client|tracking' command", .serverError),
    ]

    @Test("reports why it cannot be enabled", arguments: refusals)
    func refused(_ line: String, _ code: RedisError.Code) {
        var machine = TrackingMachine(prefixes: [])
        _ = machine.linkReady(protocolVersion: 3)
        #expect(machine.replied(.error(RedisBytes(line))) == .fail(code, line))
    }

    @Test("does not take what it did not ask for")
    func unasked() {
        var machine = TrackingMachine(prefixes: [])
        #expect(machine.subscribed() == .fail(.protocolViolation, "a confirmation that was not asked for"))
        let text = "a reply that was not asked for, or has no known form"
        #expect(machine.replied(.simpleString("OK")) == .fail(.protocolViolation, text))
        _ = machine.linkReady(protocolVersion: 2)
        #expect(machine.replied(.simpleString("OK")) == .fail(.protocolViolation, text))
    }
}
