import RedisCore
import RedisEvents
import Testing

/// Rules that are about single moments: the last one at which something counts, and the first one at which it does not.
extension MirrorMachineTests {
    // MARK: Links that come and go

    @Test("a second confirmation by the same link changes nothing")
    func confirmedTwice() {
        let bench = Bench()
        bench.makeFull()
        #expect(bench.confirm(.first) && bench.confirm(.second))
        #expect(bench.receive(.second, "a") == .deliver)
        #expect(bench.receive(.first, "b") == .deliver)
    }

    @Test("a link that was opened in the moment of the last message does not count until it has answered")
    func openedWithTheLastMessage() {
        let bench = Bench()
        #expect(bench.confirm(.first))
        _ = bench.advance(to: 10)
        #expect(bench.receive(.first, "a") == .deliver)
        bench.open(.second)
        #expect(bench.lose(.first).uncovered.map(\.name) == ["news"])
        #expect(!bench.confirm(.second))
    }

    @Test("a link that comes while the only one has not answered yet is relied on, and the other one joins it")
    func comesBeforeTheAnswer() {
        let bench = Bench()
        #expect(bench.confirm(.first) && bench.confirm(.second))
        #expect(bench.lose(.first).uncovered.map(\.name) == ["news"])
        #expect(bench.advance(to: 100) == ["ping second"])
        bench.open(.first)
        #expect(bench.confirm(.first))
        #expect(bench.receive(.first, "a") == .deliver)
        #expect(bench.receive(.second, "b") == .hold)
        #expect(bench.answer() == [])
        for time in [1100, 2100] {
            #expect(bench.advance(to: time).sorted() == ["ping first", "ping second"])
            #expect(bench.answer() == [])
        }
        // It is like any other now: it joins again when it has missed a message, which is forgotten when it is full.
        #expect(bench.receive(.first, "c") == .deliver)
        #expect(bench.advance(to: 3100) == [])
        for time in [4100, 5100] {
            #expect(bench.advance(to: time).sorted() == ["ping first", "ping second"])
            #expect(bench.answer() == [])
        }
        #expect(bench.receive(.second, "c") == .deliver)
    }

    @Test("the loss of a link means nothing for names that it did not have")
    func lostWithoutTheName() {
        let bench = Bench()
        _ = bench.insert("more")
        #expect(bench.confirm(.first))
        let loss = bench.lose(.second)
        #expect(loss.uncovered.isEmpty && loss.unproven.isEmpty)
        #expect(bench.advance(to: 1) == [])
    }

    @Test("the only link is asked at once when the other one is lost or leaves, whatever it was waiting for")
    func askedAtOnce() {
        for isLost in [true, false] {
            let bench = Bench()
            #expect(bench.confirm(.first) && bench.confirm(.second))
            #expect(bench.advance(to: 500) == [])
            let loss = isLost ? bench.lose(.first) : bench.leave(.first)
            #expect(loss.uncovered.map(\.name) == ["news"])
            #expect(bench.nextDue == .milliseconds(500))
            #expect(bench.advance(to: 500) == ["ping second"])
            #expect(bench.answer() == ["restored news"])
        }
    }

    @Test("the only link is not asked any more when it does not have the name either")
    func leftByBoth() {
        let bench = Bench()
        #expect(bench.confirm(.first) && bench.confirm(.second))
        #expect(bench.lose(.first).uncovered.map(\.name) == ["news"])
        #expect(bench.leave(.second).uncovered.map(\.name) == ["news"])
        #expect(bench.advance(to: 1) == [])
    }

    @Test("a server's own name goes over to the other link with a gap, and without one when that had it already")
    func ownerIsLost() {
        for (side, names) in [(.first, ["own"]), (.second, [])] as [(MirrorSide, [String])] {
            let bench = Bench()
            let own = bench.insert("own", isServers: true)
            #expect(bench.confirm(.first, own) && bench.confirm(.second, own))
            for time in [1000, 2000] {
                _ = bench.advance(to: time)
                #expect(bench.answer() == [])
            }
            #expect(bench.machine.owner(of: own) == .first)
            let loss = bench.lose(side)
            #expect(loss.unproven.map { "\($0.name)" } == names)
            #expect(loss.uncovered.isEmpty)
        }
    }

    // MARK: Equal messages

    @Test("messages count as repeating for two windows, and not longer")
    func repeatingForTwoWindows() {
        for (time, decision) in [(4000, .discardWithGap), (4001, .discard)] as [(Int, Bench.Machine.Decision)] {
            let bench = Bench()
            bench.makeFull()
            for _ in 0..<2 { #expect(bench.receive(.first, "x") == .deliver) }
            #expect(bench.lose(.first).unproven.isEmpty)
            #expect(bench.advance(to: time) == ["ping second"])
            #expect(bench.receive(.second, "x") == decision)
        }
    }

    @Test("what a link has received first is dropped behind a gap, where it may have been delivered before")
    func droppedBehindTheGap() {
        for isRepeating in [false, true] {
            let bench = Bench()
            #expect(bench.confirm(.first) && bench.confirm(.second))
            if !isRepeating {
                _ = bench.advance(to: 500)
                // Left to the other link when this one is in step; nobody knows which of the two comes there.
                #expect(bench.receive(.second, "y") == .hold)
            }
            _ = bench.advance(to: 1000)
            #expect(bench.answer() == [])
            _ = bench.advance(to: 1400)
            if isRepeating { for _ in 0..<2 { #expect(bench.receive(.first, "x") == .deliver) } }
            #expect(bench.receive(.second, "y") == .hold)
            let loss = bench.leave(.first)
            #expect(loss.unproven.map(\.name) == ["news"])
            #expect(loss.held == [])
            // As if it had never come.
            #expect(bench.confirm(.first))
            #expect(bench.receive(.first, "y") == .hold)
        }
    }

    // MARK: Messages that one link alone receives

    @Test("a message that came when nobody else could have it is forgotten after a window, and nobody joins for it")
    func alone() {
        let bench = Bench()
        #expect(bench.confirm(.first))
        _ = bench.advance(to: 1000)
        #expect(bench.receive(.first, "a") == .deliver)
        #expect(bench.advance(to: 2000) == [])
        #expect(bench.nextDue == nil)
        #expect(!bench.machine.has(bench.news, .second))
        #expect(bench.confirm(.second))
        #expect(bench.receive(.second, "a") == .hold)
    }

    @Test("a message that only the link in step receives leaves a gap, from a window behind its confirmation on")
    func onlyInStep() {
        for (time, told) in [(999, []), (1000, ["gap news"])] as [(Int, [String])] {
            let bench = Bench(heldLimit: 2)
            #expect(bench.confirm(.first) && bench.confirm(.second))
            if time < 1000 {
                _ = bench.advance(to: time)
                #expect(bench.receive(.second, "y") == .hold)
            }
            _ = bench.advance(to: 1000)
            #expect(bench.answer() == [])
            if time == 1000 { #expect(bench.receive(.second, "y") == .hold) }
            #expect(bench.advance(to: time + 1000) == told)
            guard time == 1000 else { continue }
            // It joins again, and what it held is not held any more.
            #expect(bench.nextDue == .milliseconds(3000))
            for text in ["z", "w"] { #expect(bench.receive(.second, text) == .hold) }
            #expect(bench.actions() == [])
        }
    }

    @Test("a message that a link has missed is known until that link is full again")
    func knownUntilFull() {
        let bench = Bench()
        bench.makeFull()
        #expect(bench.receive(.first, "a") == .deliver)
        #expect(bench.advance(to: 3000) == [])
        #expect(bench.advance(to: 4000).sorted() == ["ping first", "ping second"])
        #expect(bench.answer() == [])
        #expect(bench.receive(.second, "a") == .discard)
    }

    @Test("what is known of the messages of a removed name is forgotten after a window, or with the next answer")
    func messagesOfARemovedName() {
        for isOverdue in [false, true] {
            let bench = Bench()
            bench.makeFull()
            #expect(bench.receive(.first, "a") == .deliver)
            if isOverdue { #expect(bench.advance(to: 3000) == []) }
            bench.machine.remove(bench.news)
            // Its number, and so the digests of these tests, are those of the name before.
            #expect(bench.insert("next") == bench.news)
            #expect(bench.confirm(.first) && bench.confirm(.second))
            #expect(bench.advance(to: isOverdue ? 4000 : 3000).sorted() == ["ping first", "ping second"])
            if isOverdue { #expect(bench.answer() == []) }
            #expect(bench.receive(.second, "a") == .hold)
        }
    }

    // MARK: Too many messages

    @Test("of too many messages those that are overdue are forgotten first")
    func overdueFirst() {
        let bench = Bench(noteLimit: 2)
        bench.makeFull()
        #expect(bench.receive(.first, "a") == .deliver)
        #expect(bench.advance(to: 3000) == [])
        for text in ["b", "c"] { #expect(bench.receive(.first, text) == .deliver) }
        #expect(bench.receive(.second, "b") == .discard)
        #expect(bench.receive(.second, "a") == .hold)
    }

    @Test("too many messages of the only link are no reason to join for one that does not have the name")
    func tooManyOfTheOnlyLink() {
        let bench = Bench(noteLimit: 2)
        #expect(bench.confirm(.first))
        for text in ["a", "b", "c"] { #expect(bench.receive(.first, text) == .deliver) }
        #expect(bench.actions() == [])
        #expect(!bench.machine.has(bench.news, .second))
    }

    @Test("of too many messages one that only the link in step has received leaves a gap, and that link joins again")
    func tooManyInStep() {
        let bench = Bench(noteLimit: 2)
        #expect(bench.confirm(.first) && bench.confirm(.second))
        _ = bench.advance(to: 1000)
        #expect(bench.answer() == [])
        _ = bench.advance(to: 1500)
        #expect(bench.receive(.second, "y") == .hold)
        for text in ["a", "b"] { #expect(bench.receive(.first, text) == .deliver) }
        #expect(bench.actions() == ["gap news"])
        // It would be full here.
        #expect(bench.advance(to: 2000) == [])
    }

    @Test("of too many messages those of a removed name mean nothing for the name that has its number")
    func tooManyOfARemovedName() {
        let bench = Bench(noteLimit: 2)
        bench.makeFull()
        #expect(bench.receive(.first, "a") == .deliver)
        bench.machine.remove(bench.news)
        #expect(bench.insert("next") == bench.news)
        #expect(bench.confirm(.first) && bench.confirm(.second))
        #expect(bench.advance(to: 2500) == [])
        for text in ["b", "c"] { #expect(bench.receive(.first, text) == .deliver) }
        #expect(bench.actions() == [])
        #expect(bench.advance(to: 3000).sorted() == ["ping first", "ping second"])
    }
}
