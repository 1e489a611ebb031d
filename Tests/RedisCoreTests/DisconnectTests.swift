import Reactor
import RedisCore
import Testing

@Suite("Why a link was lost")
struct DisconnectTests {
    private func closed(_ change: (inout LinkEvidence) -> Void = { _ in }) -> Disconnect {
        var evidence = LinkEvidence(error: RedisError(.connectionLost, "the server closed the connection"))
        change(&evidence)
        return Disconnect(evidence)
    }

    private func said(_ line: String) -> Disconnect {
        Disconnect(LinkEvidence(error: .server(line, at: .unix(path: "/s"), .listen)))
    }

    @Test("is concluded from what was seen, with a confidence")
    func atOnce() {
        func words(_ cause: Disconnect) -> String { "\(cause.confidence) \(cause.reason)" }
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
                        underlyingError: SystemError(call: "recv", code: 104)
                    )
                }
            ) == "certain systemError"
        )
        #expect(words(said("ERR max number of clients reached")) == "certain maxClients")
        #expect(words(said("DENIED Redis is running in protected mode")) == "certain protectedMode")
        #expect(words(said("NOPERM no")) == "certain rightsChanged")
        #expect(words(said("ERR Protocol error")) == "certain refused")
        #expect(words(Disconnect(LinkEvidence(error: RedisError(.tlsFailed, "TLS: alert")))) == "certain tls")
        #expect(words(Disconnect(LinkEvidence(error: RedisError(.timedOut, "no PONG")))) == "certain deadline")
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
        #expect(midFrame.explained(outputBufferCuts: 1).confidence == .likely)
        #expect(midFrame.explained(outputBufferCuts: 0).reason == .clientKilled)
        let killed = closed().explained(runBefore: "a", runAfter: "a")
        #expect(killed.explained(outputBufferCuts: 1).reason == .outputBufferLimit)
        #expect(killed.explained(refusal: RedisError(.notPermitted, "NOPERM")).reason == .rightsChanged)
        #expect(closed().explained(refusal: RedisError(.authenticationFailed, "")).reason == .rightsChanged)
        #expect(killed.explained(refusal: RedisError(.serverError, "LOADING")) == killed)
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
