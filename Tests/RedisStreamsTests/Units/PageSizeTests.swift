import RedisStreams
import TestSupport
import Testing

@Suite("The size of a page of a stream", .tags(.unit))
struct PageSizeTests {
    /// Pages that are full of entries of this size, one after the other. Returns how many entries the next ones may
    /// have.
    private func counts(_ page: inout PageSize, _ pages: Int, of bytes: Int) -> [Int] {
        (0..<pages).map { _ in
            page.took(page.count, bytes: page.count * bytes, isLast: false)
            return page.count
        }
    }

    @Test("grows while entries are small, up to the most")
    func grows() {
        var page = PageSize()
        #expect(page.count == 16 && !page.isLarge)
        #expect(counts(&page, 3, of: 100) == [64, 128, 128])
        #expect(page.isLarge && PageSize.isLarge(18) && !PageSize.isLarge(17))
    }

    @Test("is about a mebibyte where entries are large, and one entry where each is larger")
    func large() {
        var page = PageSize()
        #expect(counts(&page, 2, of: 100_000) == [10, 10])
        #expect(counts(&page, 1, of: 1 << 20) == [1])
        #expect(counts(&page, 1, of: 1 << 24) == [1])
        var single = PageSize()
        single.took(1, bytes: 1 << 20, isLast: true)
        #expect(single.count == 1)
        // One more than a first page has, and one that is known already.
        var seventeen = PageSize()
        #expect(counts(&seventeen, 1, of: PageSize.bytes / 17) == [17])
        #expect(seventeen.isLarge)
    }

    @Test("shrinks with the first large page, and grows slowly behind it")
    func shrinks() {
        var page = PageSize()
        _ = counts(&page, 3, of: 100)
        #expect(counts(&page, 1, of: 1 << 20) == [1])
        #expect(counts(&page, 8, of: 100) == [2, 4, 8, 16, 32, 64, 128, 128])
    }

    @Test("is small again behind the last page, and no larger than before")
    func last() {
        var page = PageSize()
        _ = counts(&page, 3, of: 100)
        page.took(5, bytes: 500, isLast: true)
        #expect(page.count == 16)
        page.took(0, bytes: 0, isLast: true)
        #expect(page.count == 16)
        page.wasTooLarge()
        #expect(page.count == 2)
        page.took(1, bytes: 10, isLast: true)
        #expect(page.count == 2)
    }

    @Test("is an eighth of what was too large, and looks back at two entries at least")
    func tooLarge() {
        var page = PageSize()
        #expect(page.backwards(atMost: 64) == 64 && page.backwards(atMost: 8) == 8)
        page.wasTooLarge()
        #expect(page.count == 2 && page.backwards(atMost: 64) == 8)
        page.wasTooLarge()
        #expect(page.count == 1 && page.backwards(atMost: 64) == 2)
        page.wasTooLarge()
        #expect(page.count == 1)
    }
}
