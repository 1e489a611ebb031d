import RedisCore
import RedisReactor
import TestSupport
import Testing

@Suite("Why a link was lost", .tags(.unit))
struct DisconnectTests {
    private func closed(_ change: (inout LinkEvidence) -> Void = { _ in }) -> RedisDisconnect {
        var evidence = LinkEvidence(error: RedisError(.connectionLost, "the server closed the connection"))
        change(&evidence)
        return RedisDisconnect(evidence)
    }

    private func said(_ line: String) -> RedisDisconnect {
        RedisDisconnect(LinkEvidence(error: .server(line, at: .unix(path: "/s"), .listen)))
    }

    @Test("is concluded from what was seen, with a confidence")
    func atOnce() {
        func words(_ cause: RedisDisconnect) -> String { "\(cause.confidence) \(cause.reason)" }
        #expect(words(closed()) == "possible endOfStream")
        #expect(words(closed { $0.isMidFrame = true }) == "likely outputBufferLimit")
        #expect(words(closed { $0.largestFrame = 8 << 20 }) == "possible outputBufferLimit")
        #expect(words(closed { $0.silence = .seconds(300) }) == "possible endOfStream")
        #expect(
            words(
                closed {
                    $0.silence = .seconds(300)
                    $0.mayTimeOut = true
                }
            ) == "possible idleTimeout"
        )
        #expect(
            words(
                closed {
                    $0.error = RedisError(
                        .connectionLost,
                        "reset",
                        underlyingError: RedisSystemError(call: "recv", code: 104)
                    )
                }
            ) == "certain systemError"
        )
        #expect(words(said("ERR max number of clients reached")) == "certain maxClients")
        #expect(words(said("DENIED Redis is running in protected mode")) == "certain protectedMode")
        #expect(words(said("NOPERM no")) == "certain rightsChanged")
        #expect(words(said("ERR Protocol error")) == "certain refused")
        #expect(words(RedisDisconnect(LinkEvidence(error: RedisError(.tlsFailed, "TLS: alert")))) == "certain tls")
        #expect(words(RedisDisconnect(LinkEvidence(error: RedisError(.timedOut, "no PONG")))) == "certain deadline")
    }

    @Test("is explained by what answers next")
    func nextLink() {
        #expect(closed().explained(runBefore: "a", runAfter: "b").reason == .serverRestarted)
        #expect(closed().explained(runBefore: "a", runAfter: "a").reason == .clientKilled)
        #expect(closed().explained(runBefore: nil, runAfter: "a").reason == .endOfStream)
        let midFrame = closed { $0.isMidFrame = true }
        #expect(midFrame.explained(runBefore: "a", runAfter: "a") == midFrame)
        #expect(midFrame.explained(runBefore: "a", runAfter: "b").confidence == .likely)
    }

    @Test("is explained by the server's count of cut clients, and by refusals")
    func counts() {
        let midFrame = closed { $0.isMidFrame = true }
        #expect(midFrame.explained(by: CutEvidence(cuts: 1)).confidence == .likely)
        #expect(midFrame.explained(by: CutEvidence(cuts: 0)).reason == .clientKilled)
        let killed = closed().explained(runBefore: "a", runAfter: "a")
        #expect(killed.explained(by: CutEvidence(cuts: 1)).reason == .outputBufferLimit)
        #expect(killed.explained(refusal: RedisError(.notPermitted, "NOPERM")).reason == .rightsChanged)
        #expect(closed().explained(refusal: RedisError(.authenticationFailed, "")).reason == .rightsChanged)
        #expect(killed.explained(refusal: RedisError(.serverError, "LOADING")) == killed)
    }

    @Test("is CLIENT KILL or the output buffer's limit, as far as that can be told apart, else both are named")
    func cut() {
        func words(_ cause: RedisDisconnect) -> String { "\(cause.confidence) \(cause.reason)" }
        let killed = closed().explained(runBefore: "a", runAfter: "a")
        let midFrame = closed { $0.isMidFrame = true }
        let limit = OutputBufferLimit(hard: 32 << 20, soft: 8 << 20)
        #expect(words(killed.explained(by: CutEvidence())) == "possible clientKilled")
        #expect(
            killed.explained(by: CutEvidence(limit: limit)).description
                == "the server closed the connection: possibly CLIENT KILL, or its output buffer for us was over its limit"
        )
        let none = CutEvidence(limit: OutputBufferLimit(hard: 0, soft: 0))
        #expect(words(killed.explained(by: none)) == "likely clientKilled")
        #expect(words(midFrame.explained(by: none)) == "likely clientKilled")
        #expect(words(midFrame.explained(by: CutEvidence(limit: limit))) == "likely outputBufferLimit")
        #expect(
            words(killed.explained(by: CutEvidence(limit: limit, queueSeen: 5 << 20))) == "likely outputBufferLimit"
        )
        #expect(words(killed.explained(by: CutEvidence(limit: limit, queueSeen: 0))) == "possible clientKilled")
        #expect(
            words(killed.explained(by: CutEvidence(limit: limit, mostOutput: 1 << 20))) == "likely clientKilled"
        )
        #expect(
            words(killed.explained(by: CutEvidence(limit: limit, mostOutput: 9 << 20))) == "possible clientKilled"
        )
        // What was said of it before is not the last word.
        let both = killed.explained(by: CutEvidence(limit: limit))
        #expect(words(both.explained(by: CutEvidence(limit: limit, mostOutput: 0))) == "likely clientKilled")
        #expect(words(closed { $0.backlog = 1 << 20 }) == "possible outputBufferLimit")
        let restarted = closed().explained(runBefore: "a", runAfter: "b")
        #expect(restarted.explained(by: CutEvidence(cuts: 1)) == restarted)
    }

    @Test("knows the limits of each class of clients")
    func limits() {
        let setting = "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"
        #expect(OutputBufferLimit(setting, of: .normal)?.least == nil)
        #expect(OutputBufferLimit(setting, of: .pubsub) == OutputBufferLimit(hard: 33_554_432, soft: 8_388_608))
        #expect(OutputBufferLimit("normal 0 0", of: .pubsub) == nil)
        #expect(OutputBufferLimit("pubsub x y 1", of: .pubsub) == nil)
    }

    @Test("is told in one sentence")
    func words() {
        #expect(
            closed { $0.isMidFrame = true }.description
                == "the server closed the connection: probably its output buffer for us was over its limit"
        )
        #expect(
            closed().explained(runBefore: "a", runAfter: "b").description
                == "the server closed the connection: probably the server was restarted"
        )
    }
}
