import RedisEvents
import Testing

@Suite("Names that the server takes away")
struct RevocationRuleTests {
    private let a = Gap.Name(kind: .channel, name: "a")
    private let b = Gap.Name(kind: .channel, name: "b")

    @Test("are asked for at once, and from the second time on at the end of a rest, which doubles")
    func again() {
        var rule = RevocationRule()
        var answer = rule.revoked(a)
        #expect(answer.isAskedForAtOnce)
        #expect(answer.rest == .milliseconds(250))
        answer = rule.revoked(a)
        #expect(!answer.isAskedForAtOnce)
        #expect(answer.rest == nil)
        answer = rule.revoked(b)
        #expect(answer.isAskedForAtOnce)
        #expect(answer.rest == nil)
        var rests: [Duration?] = []
        for _ in 0..<6 {
            let (names, rest) = rule.rested()
            #expect(names == [a])
            rests.append(rest)
            #expect(!rule.revoked(a).isAskedForAtOnce)
        }
        #expect(rests == [500, 1000, 2000, 4000, 5000, 5000].map { .milliseconds($0) })
        #expect(rule.rested().names == [a])
        // It stayed, and then it is as if nothing had been.
        let last = rule.rested()
        #expect(last.names.isEmpty && last.rest == nil)
        answer = rule.revoked(a)
        #expect(answer.isAskedForAtOnce)
        #expect(answer.rest == .milliseconds(250))
    }
}
