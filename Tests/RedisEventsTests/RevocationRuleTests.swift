import RedisEvents
import TestSupport
import Testing

@Suite("Names that the server takes away", .tags(.unit))
struct RevocationRuleTests {
    private let a = RedisGap.Name(kind: .channel, name: "a")
    private let b = RedisGap.Name(kind: .channel, name: "b")

    @Test("are asked for at once, and from the second time on at the end of a pause, which doubles")
    func again() {
        var rule = RevocationRule()
        var answer = rule.revoked(a)
        #expect(answer.isAskedForAtOnce)
        #expect(answer.pause == .milliseconds(250))
        answer = rule.revoked(a)
        #expect(!answer.isAskedForAtOnce)
        #expect(answer.pause == nil)
        answer = rule.revoked(b)
        #expect(answer.isAskedForAtOnce)
        #expect(answer.pause == nil)
        var pauses: [Duration?] = []
        for _ in 0..<6 {
            let (names, pause) = rule.pauseEnded()
            #expect(names == [a])
            pauses.append(pause)
            #expect(!rule.revoked(a).isAskedForAtOnce)
        }
        #expect(pauses == [500, 1000, 2000, 4000, 5000, 5000].map { .milliseconds($0) })
        #expect(rule.pauseEnded().names == [a])
        // It stayed, and then it is as if nothing had been.
        let last = rule.pauseEnded()
        #expect(last.names.isEmpty && last.pause == nil)
        answer = rule.revoked(a)
        #expect(answer.isAskedForAtOnce)
        #expect(answer.pause == .milliseconds(250))
    }

    @Test("have one pause at a time, whatever becomes of the link in it")
    func lostLink() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        var pauses: [Duration] = []
        func note(_ actions: [SubscriptionMachine.Action]) {
            pauses += actions.compactMap { action in
                if case .resubscribeLater(let pause) = action { pause } else { nil }
            }
        }
        func confirm() { note(machine.confirmed(.subscribe, .channel, a.name.rawSpan, count: 1) ?? []) }
        func revoke() { note(machine.revoked(.channel, a.name.rawSpan, count: 0)) }

        note(machine.linkReady())
        note(machine.subscribe(.channel, [SubscriptionMachine.NameRequest(name: a.name)]))
        confirm()
        revoke()
        #expect(pauses == [.milliseconds(250)])
        for _ in 0..<3 {
            note(machine.linkLost())
            note(machine.linkReady())
            confirm()
            revoke()
        }
        // On a new link it is asked for at once, as the first time.
        confirm()
        revoke()
        #expect(pauses == [.milliseconds(250)])
        note(machine.linkLost())
        // The time is over while there is no link; then it is as if nothing had been.
        note(machine.resubscribeRevoked())
        #expect(pauses == [.milliseconds(250)])
        note(machine.linkReady())
        confirm()
        revoke()
        #expect(pauses == [.milliseconds(250), .milliseconds(250)])
    }
}
