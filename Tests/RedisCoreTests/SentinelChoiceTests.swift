import RedisCore
import RedisRESP
import RedisReactor
import TestSupport
import Testing

private func sentinelNode(_ port: UInt16) -> RedisEndpoint { .tcp(host: "10.0.0.1", port: port) }

private func report(
    _ primary: UInt16,
    _ epoch: UInt64,
    id: String? = nil,
    replicas: [UInt16] = []
) -> SentinelReply {
    .report(
        SentinelReport(
            id: id,
            primary: sentinelNode(primary),
            epoch: epoch,
            replicas: replicas.map { sentinelNode($0) }
        )
    )
}

private func ballot(asked: Int, _ replies: SentinelReply...) -> SentinelBallot {
    var ballot = SentinelBallot(asked: (0..<asked).map { sentinelNode(UInt16(100 + $0)) })
    for (index, reply) in replies.enumerated() { ballot.add(reply, from: sentinelNode(UInt16(100 + index))) }
    return ballot
}

@Suite(.tags(.unit))
struct SentinelBallotTests {
    @Test func theHighestEpochWinsAgainstAnyNumber() {
        let verdict = ballot(asked: 3, report(1, 4), report(2, 5), report(1, 4)).verdict(preferring: sentinelNode(1))
        #expect(verdict == SentinelVerdict(primary: sentinelNode(2), epoch: 5, isByMajority: true))
    }

    @Test func ofOneEpochTheAddressThatMostNameWins() {
        let verdict = ballot(asked: 3, report(1, 5), report(2, 5), report(2, 5)).verdict(preferring: sentinelNode(1))
        #expect(verdict?.primary == sentinelNode(2))
    }

    @Test func atATieTheAddressThatIsKnownWins() {
        let tie = ballot(asked: 2, report(1, 5), report(2, 5))
        #expect(tie.verdict(preferring: sentinelNode(2))?.primary == sentinelNode(2))
        #expect(tie.verdict(preferring: nil)?.primary == sentinelNode(1))
        #expect(tie.verdict(preferring: sentinelNode(3))?.primary == sentinelNode(1))
    }

    @Test func halfOfTheKnownIsNoMajority() {
        #expect(!ballot(asked: 2, report(1, 5)).hasMajority)
        #expect(ballot(asked: 3, report(1, 5), report(1, 5)).hasMajority)
        let lost = RedisError(.connectFailed, "refused")
        #expect(!ballot(asked: 3, report(1, 5), .failed(lost), .unknownName).hasMajority)
    }

    @Test func oneSentinelByTwoAddressesHasOneVoice() {
        let votes = ballot(asked: 5, report(1, 5, id: "a"), report(1, 5, id: "a"), report(2, 5, id: "b"))
        #expect(!votes.hasMajority)
        #expect(votes.verdict(preferring: sentinelNode(2))?.primary == sentinelNode(2))
    }

    @Test func aReplyThatNobodyHasAskedForCountsNothing() {
        var votes = ballot(asked: 1, report(1, 5))
        votes.add(report(2, 9), from: sentinelNode(100))
        votes.add(report(2, 9), from: sentinelNode(777))
        #expect(votes.isComplete)
        #expect(votes.verdict(preferring: nil)?.primary == sentinelNode(1))
    }

    @Test func onlyThoseThatKnowBestTellOfReplicas() {
        let votes = ballot(
            asked: 3,
            report(1, 5, replicas: [2, 3]),
            report(1, 5, replicas: [3, 3]),
            report(9, 4, replicas: [4])
        )
        #expect(votes.verdict(preferring: nil)?.replicas == [sentinelNode(2): 1, sentinelNode(3): 2])
    }

    @Test func withoutAnAnswerEachReasonIsNamed() {
        let refused = RedisError(.connectFailed, "Connection refused")
        let error = ballot(asked: 2, .failed(refused), .unknownName).failure(name: "shop")
        #expect(error.code == .noServer)
        #expect(
            error.message == "no Sentinel tells where the primary shop is: "
                + "10.0.0.1:100: Connection refused; 10.0.0.1:101: does not know that name"
        )
    }

    @Test func aPasswordThatAllRefuseIsToldAsSuch() {
        let wrong = RedisError(.authenticationFailed, "WRONGPASS")
        #expect(ballot(asked: 2, .failed(wrong), .failed(wrong)).failure(name: "shop").code == .authenticationFailed)
        #expect(ballot(asked: 2, .failed(wrong), .unknownName).failure(name: "shop").code == .noServer)
    }
}

@Suite(.tags(.unit))
struct SentinelMemoryTests {
    private func verdict(_ primary: UInt16, _ epoch: UInt64, majority: Bool = true) -> SentinelVerdict {
        SentinelVerdict(primary: sentinelNode(primary), epoch: epoch, isByMajority: majority)
    }

    /// A memory that has learned of that primary.
    private func knowing(_ primary: UInt16, _ epoch: UInt64) -> SentinelMemory {
        var memory = SentinelMemory()
        let round = memory.roundBegan()
        _ = memory.primary(by: verdict(primary, epoch, majority: false), ofRound: round, isLost: true)
        return memory
    }

    @Test func aMinorityCannotLeadBack() {
        var memory = knowing(2, 5)
        let round = memory.roundBegan()
        #expect(memory.primary(by: verdict(1, 4, majority: false), ofRound: round, isLost: false) == sentinelNode(2))
        #expect(memory.primary(by: verdict(1, 5, majority: false), ofRound: round, isLost: false) == sentinelNode(2))
    }

    @Test func aMinorityThatKnowsMoreIsFollowed() {
        var memory = knowing(2, 5)
        let round = memory.roundBegan()
        #expect(memory.primary(by: verdict(3, 6, majority: false), ofRound: round, isLost: false) == sentinelNode(3))
        #expect(memory.primary == sentinelNode(3))
    }

    @Test func aMajorityThatCountsFromTheBeginningIsFollowed() {
        var memory = knowing(2, 5)
        let round = memory.roundBegan()
        #expect(memory.primary(by: verdict(1, 0), ofRound: round, isLost: false) == sentinelNode(1))
    }

    @Test func anAnswerFromBeforeTheLastOneIsOutdated() {
        var memory = SentinelMemory()
        let early = memory.roundBegan()
        let late = memory.roundBegan()
        #expect(memory.primary(by: verdict(2, 5), ofRound: late, isLost: true) == sentinelNode(2))
        #expect(memory.primary(by: verdict(1, 4), ofRound: early, isLost: true) == sentinelNode(2))
    }

    @Test func aLostLinkYieldsAfterThreeRounds() {
        var memory = knowing(2, 5)
        let minority = verdict(1, 0, majority: false)
        var results: [RedisEndpoint] = []
        for _ in 0..<3 { results.append(memory.primary(by: minority, ofRound: memory.roundBegan(), isLost: true)) }
        #expect(results == [sentinelNode(2), sentinelNode(2), sentinelNode(1)])
    }

    @Test func aLinkThatStandsNeverYieldsToAMinority() {
        var memory = knowing(2, 5)
        for _ in 0..<10 {
            let round = memory.roundBegan()
            #expect(
                memory.primary(by: verdict(1, 0, majority: false), ofRound: round, isLost: false) == sentinelNode(2)
            )
        }
    }
}

@Suite(.tags(.unit))
struct SentinelPanelTests {
    private func peers(_ ports: UInt16...) -> [SentinelReport.Peer] {
        ports.map { SentinelReport.Peer(id: "id\($0)", endpoint: sentinelNode($0)) }
    }

    @Test func othersAreLearnedOnce() {
        var panel = SentinelPanel(seeds: [sentinelNode(1), sentinelNode(1)])
        #expect(panel.heard(sentinelNode(1), id: "id1", peers: peers(2, 3)) == [sentinelNode(2), sentinelNode(3)])
        #expect(panel.heard(sentinelNode(2), id: "id2", peers: peers(1, 3)) == [])
        #expect(panel.members == [sentinelNode(1), sentinelNode(2), sentinelNode(3)])
    }

    @Test func aSeedByAnotherAddressIsNoOther() {
        let seed = RedisEndpoint.tcp(host: "sentinel.example", port: 1)
        var panel = SentinelPanel(seeds: [seed])
        _ = panel.heard(seed, id: "id1", peers: peers(2))
        #expect(panel.heard(sentinelNode(2), id: "id2", peers: peers(1)) == [])
        #expect(panel.members == [seed, sentinelNode(2)])
    }

    @Test func aSeedThatSaysWhoItIsTakesThePlaceOfItsOtherAddress() {
        let late = RedisEndpoint.tcp(host: "sentinel.example", port: 2)
        var panel = SentinelPanel(seeds: [sentinelNode(1), late])
        _ = panel.heard(sentinelNode(1), id: "id1", peers: peers(2))
        #expect(panel.members == [sentinelNode(1), late, sentinelNode(2)])
        _ = panel.heard(late, id: "id2", peers: [])
        #expect(panel.members == [sentinelNode(1), late])
    }

    @Test func whomNobodyNamesAnyMoreIsForgotten() {
        var panel = SentinelPanel(seeds: [sentinelNode(1)])
        _ = panel.heard(sentinelNode(1), id: "id1", peers: peers(2, 3))
        panel.roundEnded()
        _ = panel.heard(sentinelNode(1), id: "id1", peers: peers(3))
        panel.roundEnded()
        #expect(panel.members == [sentinelNode(1), sentinelNode(3)])
    }

    @Test func aRoundInWhichAllAreSilentForgetsNobody() {
        var panel = SentinelPanel(seeds: [sentinelNode(1)])
        _ = panel.heard(sentinelNode(1), id: "id1", peers: peers(2, 3))
        panel.roundEnded()
        panel.roundEnded()
        #expect(panel.members == [sentinelNode(1), sentinelNode(2), sentinelNode(3)])
    }

    @Test func thereIsAnEndOfLearning() {
        var panel = SentinelPanel(seeds: [sentinelNode(1)])
        let many = (2..<1000).map { SentinelReport.Peer(id: nil, endpoint: sentinelNode($0)) }
        #expect(panel.heard(sentinelNode(1), id: nil, peers: many).count == SentinelPanel.learnedLimit)
        #expect(panel.heard(sentinelNode(2), id: nil, peers: many).isEmpty)
    }
}

@Suite(.tags(.unit))
struct SentinelReplicaTests {
    private let verdict = SentinelVerdict(
        primary: sentinelNode(1),
        epoch: 1,
        isByMajority: true,
        replicas: [sentinelNode(2): 3, sentinelNode(3): 3, sentinelNode(4): 1]
    )

    @Test func oneOfThoseThatMostHoldForHealthyIsDrawn() {
        #expect(verdict.replica(avoiding: nil, random: 0) == sentinelNode(2))
        #expect(verdict.replica(avoiding: nil, random: 0.999) == sentinelNode(3))
    }

    @Test func theOneThatFailedComesLast() {
        #expect(verdict.replica(avoiding: sentinelNode(3), random: 0.999) == sentinelNode(2))
        var lone = verdict
        lone.replicas = [sentinelNode(3): 1]
        #expect(lone.replica(avoiding: sentinelNode(3), random: 0) == sentinelNode(3))
        lone.replicas = [:]
        #expect(lone.replica(avoiding: nil, random: 0) == nil)
    }
}
