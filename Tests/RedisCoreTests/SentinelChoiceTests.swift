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
) -> Result<SentinelReply, RedisError> {
    .success(
        SentinelReply(
            id: id,
            primary: sentinelNode(primary),
            epoch: epoch,
            replicas: replicas.map { sentinelNode($0) }
        )
    )
}

private func consensus(asked: Int, _ replies: Result<SentinelReply, RedisError>...) -> SentinelConsensus {
    var consensus = SentinelConsensus(asked: (0..<asked).map { sentinelNode(UInt16(100 + $0)) })
    for (index, reply) in replies.enumerated() { consensus.add(reply, from: sentinelNode(UInt16(100 + index))) }
    return consensus
}

private let unknownName = Result<SentinelReply, RedisError>.failure(RedisError(.noServer, "does not know that name"))

@Suite(.tags(.unit))
struct SentinelConsensusTests {
    @Test func theHighestEpochWinsAgainstAnyNumber() {
        let decision = consensus(asked: 3, report(1, 4), report(2, 5), report(1, 4)).decision(
            preferring: sentinelNode(1)
        )
        #expect(decision == SentinelConsensus.Decision(primary: sentinelNode(2), epoch: 5, isByMajority: true))
    }

    @Test func ofOneEpochTheAddressThatMostNameWins() {
        let decision = consensus(asked: 3, report(1, 5), report(2, 5), report(2, 5)).decision(
            preferring: sentinelNode(1)
        )
        #expect(decision?.primary == sentinelNode(2))
    }

    @Test func atATieTheAddressThatIsKnownWins() {
        let tie = consensus(asked: 2, report(1, 5), report(2, 5))
        #expect(tie.decision(preferring: sentinelNode(2))?.primary == sentinelNode(2))
        #expect(tie.decision(preferring: nil)?.primary == sentinelNode(1))
        #expect(tie.decision(preferring: sentinelNode(3))?.primary == sentinelNode(1))
    }

    @Test func halfOfTheKnownIsNoMajority() {
        #expect(!consensus(asked: 2, report(1, 5)).hasMajority)
        #expect(consensus(asked: 3, report(1, 5), report(1, 5)).hasMajority)
        let lost = RedisError(.connectFailed, "refused")
        #expect(!consensus(asked: 3, report(1, 5), .failure(lost), unknownName).hasMajority)
    }

    @Test func oneSentinelByTwoAddressesHasOneVoice() {
        let votes = consensus(asked: 5, report(1, 5, id: "a"), report(1, 5, id: "a"), report(2, 5, id: "b"))
        #expect(!votes.hasMajority)
        #expect(votes.decision(preferring: sentinelNode(2))?.primary == sentinelNode(2))
    }

    @Test func aReplyThatNobodyHasAskedForCountsNothing() {
        var votes = consensus(asked: 1, report(1, 5))
        votes.add(report(2, 9), from: sentinelNode(100))
        votes.add(report(2, 9), from: sentinelNode(777))
        #expect(votes.isComplete)
        #expect(votes.decision(preferring: nil)?.primary == sentinelNode(1))
    }

    @Test func onlyThoseThatKnowBestTellOfReplicas() {
        let votes = consensus(
            asked: 3,
            report(1, 5, replicas: [2, 3]),
            report(1, 5, replicas: [3, 3]),
            report(9, 4, replicas: [4])
        )
        #expect(votes.decision(preferring: nil)?.replicas == [sentinelNode(2): 1, sentinelNode(3): 2])
    }

    @Test func withoutAnAnswerEachReasonIsNamed() {
        let refused = RedisError(.connectFailed, "Connection refused")
        let error = consensus(asked: 2, .failure(refused), unknownName).failure(name: "shop")
        #expect(error.code == .noServer)
        #expect(
            error.message == "no Sentinel tells where the primary shop is: "
                + "10.0.0.1:100: Connection refused; 10.0.0.1:101: does not know that name"
        )
    }

    @Test func aPasswordThatAllRefuseIsToldAsSuch() {
        let wrong = RedisError(.authenticationFailed, "WRONGPASS")
        #expect(
            consensus(asked: 2, .failure(wrong), .failure(wrong)).failure(name: "shop").code == .authenticationFailed
        )
        #expect(consensus(asked: 2, .failure(wrong), unknownName).failure(name: "shop").code == .noServer)
    }
}

@Suite(.tags(.unit))
struct KnownPrimaryTests {
    private func decision(_ primary: UInt16, _ epoch: UInt64, majority: Bool = true) -> SentinelConsensus.Decision {
        SentinelConsensus.Decision(primary: sentinelNode(primary), epoch: epoch, isByMajority: majority)
    }

    /// What is known after one round that told of that primary.
    private func knowing(_ primary: UInt16, _ epoch: UInt64) -> KnownPrimary {
        var known = KnownPrimary()
        let round = known.roundBegan()
        _ = known.primary(by: decision(primary, epoch, majority: false), ofRound: round, isLost: true)
        return known
    }

    @Test func aMinorityCannotLeadBack() {
        var known = knowing(2, 5)
        let round = known.roundBegan()
        #expect(known.primary(by: decision(1, 4, majority: false), ofRound: round, isLost: false) == sentinelNode(2))
        #expect(known.primary(by: decision(1, 5, majority: false), ofRound: round, isLost: false) == sentinelNode(2))
    }

    @Test func aMinorityThatKnowsMoreIsFollowed() {
        var known = knowing(2, 5)
        let round = known.roundBegan()
        #expect(known.primary(by: decision(3, 6, majority: false), ofRound: round, isLost: false) == sentinelNode(3))
        #expect(known.primary == sentinelNode(3))
    }

    @Test func aMajorityThatCountsFromTheBeginningIsFollowed() {
        var known = knowing(2, 5)
        let round = known.roundBegan()
        #expect(known.primary(by: decision(1, 0), ofRound: round, isLost: false) == sentinelNode(1))
    }

    @Test func anAnswerFromBeforeTheLastOneIsOutdated() {
        var known = KnownPrimary()
        let early = known.roundBegan()
        let late = known.roundBegan()
        #expect(known.primary(by: decision(2, 5), ofRound: late, isLost: true) == sentinelNode(2))
        #expect(known.primary(by: decision(1, 4), ofRound: early, isLost: true) == sentinelNode(2))
    }

    @Test func aLostLinkYieldsAfterThreeRounds() {
        var known = knowing(2, 5)
        let minority = decision(1, 0, majority: false)
        var results: [RedisEndpoint] = []
        for _ in 0..<3 { results.append(known.primary(by: minority, ofRound: known.roundBegan(), isLost: true)) }
        #expect(results == [sentinelNode(2), sentinelNode(2), sentinelNode(1)])
    }

    @Test func aLinkThatStandsNeverYieldsToAMinority() {
        var known = knowing(2, 5)
        for _ in 0..<10 {
            let round = known.roundBegan()
            #expect(
                known.primary(by: decision(1, 0, majority: false), ofRound: round, isLost: false) == sentinelNode(2)
            )
        }
    }
}

@Suite(.tags(.unit))
struct SentinelGroupTests {
    private func peers(_ ports: UInt16...) -> [SentinelReply.Peer] {
        ports.map { SentinelReply.Peer(id: "id\($0)", endpoint: sentinelNode($0)) }
    }

    @Test func othersAreLearnedOnce() {
        var group = SentinelGroup(seeds: [sentinelNode(1), sentinelNode(1)])
        #expect(group.heard(sentinelNode(1), id: "id1", peers: peers(2, 3)) == [sentinelNode(2), sentinelNode(3)])
        #expect(group.heard(sentinelNode(2), id: "id2", peers: peers(1, 3)) == [])
        #expect(group.members == [sentinelNode(1), sentinelNode(2), sentinelNode(3)])
    }

    @Test func aSeedByAnotherAddressIsNoOther() {
        let seed = RedisEndpoint.tcp(host: "sentinel.example", port: 1)
        var group = SentinelGroup(seeds: [seed])
        _ = group.heard(seed, id: "id1", peers: peers(2))
        #expect(group.heard(sentinelNode(2), id: "id2", peers: peers(1)) == [])
        #expect(group.members == [seed, sentinelNode(2)])
    }

    @Test func aSeedThatSaysWhoItIsTakesThePlaceOfItsOtherAddress() {
        let late = RedisEndpoint.tcp(host: "sentinel.example", port: 2)
        var group = SentinelGroup(seeds: [sentinelNode(1), late])
        _ = group.heard(sentinelNode(1), id: "id1", peers: peers(2))
        #expect(group.members == [sentinelNode(1), late, sentinelNode(2)])
        _ = group.heard(late, id: "id2", peers: [])
        #expect(group.members == [sentinelNode(1), late])
    }

    @Test func whomNobodyNamesAnyMoreIsForgotten() {
        var group = SentinelGroup(seeds: [sentinelNode(1)])
        _ = group.heard(sentinelNode(1), id: "id1", peers: peers(2, 3))
        group.roundEnded()
        _ = group.heard(sentinelNode(1), id: "id1", peers: peers(3))
        group.roundEnded()
        #expect(group.members == [sentinelNode(1), sentinelNode(3)])
    }

    @Test func aRoundInWhichAllAreSilentForgetsNobody() {
        var group = SentinelGroup(seeds: [sentinelNode(1)])
        _ = group.heard(sentinelNode(1), id: "id1", peers: peers(2, 3))
        group.roundEnded()
        group.roundEnded()
        #expect(group.members == [sentinelNode(1), sentinelNode(2), sentinelNode(3)])
    }

    @Test func thereIsAnEndOfLearning() {
        var group = SentinelGroup(seeds: [sentinelNode(1)])
        let many = (2..<1000).map { SentinelReply.Peer(id: nil, endpoint: sentinelNode($0)) }
        #expect(group.heard(sentinelNode(1), id: nil, peers: many).count == SentinelGroup.learnedLimit)
        #expect(group.heard(sentinelNode(2), id: nil, peers: many).isEmpty)
    }
}

@Suite(.tags(.unit))
struct SentinelReplicaTests {
    private let decision = SentinelConsensus.Decision(
        primary: sentinelNode(1),
        epoch: 1,
        isByMajority: true,
        replicas: [sentinelNode(2): 3, sentinelNode(3): 3, sentinelNode(4): 1]
    )

    @Test func oneOfThoseThatMostHoldForHealthyIsDrawn() {
        #expect(decision.replica(avoiding: nil, random: 0) == sentinelNode(2))
        #expect(decision.replica(avoiding: nil, random: 0.999) == sentinelNode(3))
    }

    @Test func theOneThatFailedComesLast() {
        #expect(decision.replica(avoiding: sentinelNode(3), random: 0.999) == sentinelNode(2))
        var lone = decision
        lone.replicas = [sentinelNode(3): 1]
        #expect(lone.replica(avoiding: sentinelNode(3), random: 0) == sentinelNode(3))
        lone.replicas = [:]
        #expect(lone.replica(avoiding: nil, random: 0) == nil)
    }
}
