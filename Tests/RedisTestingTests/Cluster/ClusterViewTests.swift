import RedisTesting
import TestSupport
import Testing

@Suite("A node's view of its cluster", .tags(.unit))
struct ClusterViewTests {
    private static let text = """
        aa 127.0.0.1:7001@17001 myself,master - 0 1700000000000 3 connected 0-5460 5462 [5461->-bb] [9->-bb]
        bb 127.0.0.1:7002@17002,host.example,shard-id=1 master - 0 1700000000001 12 connected 5461 5463-16383 [5461-<-aa]
        cc 127.0.0.1:7003@17003, slave bb 0 1700000000002 12 connected
        dd :0@0 master,fail,noaddr - 1700000000003 1700000000004 2 disconnected
        ee 127.0.0.1:7005@17005 master,fail? - 1700000000003 1700000000004 0 connected
        too short

        """

    @Test
    func `has every field that matters, and no slot on its way`() throws {
        let view = ClusterView(Self.text)
        #expect(view.entries.map(\.id) == ["aa", "bb", "cc", "dd", "ee"])
        #expect(view.entries.map(\.port) == [7001, 7002, 7003, 0, 7005])
        #expect(view.entries.map(\.isPrimary) == [true, true, false, true, true])
        #expect(view.entries.map(\.primary) == [nil, nil, "bb", nil, nil])
        #expect(view.entries.map(\.epoch) == [3, 12, 12, 2, 0])
        #expect(view.entries.map(\.isHealthy) == [true, true, true, false, false])
        #expect(view.owners == ["aa": [0...5460, 5462...5462], "bb": [5461...5461, 5463...16383]])
        #expect(view.own?.id == "aa")
        #expect(view.coveredSlots == 16384)
        #expect(view[id: "bb"]?.owns(5461) == true)
        #expect(view[id: "aa"]?.owns(5461) == false)
        #expect(view[id: "zz"] == nil)
    }
}
