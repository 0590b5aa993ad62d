"""FIX sessions made up for the comparison: one message of each of many types."""

# FIX 5.0 SP2, volumes 2 to 6: (MsgType, fields) of a session with one message of many types. What counts on is made up.
FIX_MESSAGES = [
    ("A", "98=0|108=30|141=Y|553=trader|554=secret|1137=9"),
    ("0", "112=again"),
    ("1", "112=are you there"),
    ("D", "11=order-1|1=account|21=1|55=FDBM|48=XY0001|22=8|54=1|60=20260102-08:00:00.000|38=10|40=2|44=81.25|59=0|"
          "453=2|448=DESK1|447=D|452=11|448=CLR|447=D|452=4"),
    ("8", "37=x-1|17=e-1|150=0|39=0|11=order-1|55=FDBM|54=1|38=10|151=10|14=0|6=0"),
    ("8", "37=x-1|17=e-2|150=F|39=1|11=order-1|55=FDBM|54=1|38=10|32=4|31=81.25|151=6|14=4|6=81.25|880=match-7"),
    ("G", "11=order-2|41=order-1|55=FDBM|54=1|60=20260102-08:00:01.000|38=12|40=2|44=81.5"),
    ("9", "37=x-1|11=order-2|41=order-1|39=8|434=2|102=1|58=too late"),
    ("F", "11=order-3|41=order-1|55=FDBM|54=1|60=20260102-08:00:02.000|38=12"),
    ("q", "11=mass-1|530=7|60=20260102-08:00:03.000"),
    ("r", "37=x-2|530=7|531=7|533=3"),
    ("CA", "11=mass-2|1373=3|1374=7|60=20260102-08:00:03.500"),
    ("V", "262=md-1|263=1|264=0|265=1|267=2|269=0|269=1|146=1|55=FDBM"),
    ("W", "262=md-1|55=FDBM|268=2|269=0|270=81.25|271=5|269=1|270=81.5|271=7"),
    ("X", "262=md-1|268=3|279=0|269=0|278=q1|55=FDBM|270=81.2|271=3|279=1|269=1|278=q2|270=81.6|271=4|279=2|269=2|278=q3|"
          "270=-3.5|271=1"),
    ("Y", "262=md-2|281=1|58=no such request"),
    ("i", "117=mq-1|296=1|302=set|295=1|299=entry|55=FDBM|132=81.0|133=82.0|134=5|135=5"),
    ("R", "131=rfq-1|146=1|55=FDBM|38=5"),
    ("S", "131=rfq-1|117=q-1|55=FDBM|132=81|133=82|134=1|135=1"),
    ("Z", "117=q-1|298=4"),
    ("H", "11=order-1|55=FDBM|54=1"),
    ("AF", "584=st-1|585=7"),
    ("AE", "571=tr-1|856=0|828=0|55=FDBM|32=4|31=81.25|75=20260102|60=20260102-08:00:04.000|552=1|54=1|37=x-1"),
    ("AB", "11=order-4|55=SPREAD|54=1|60=20260102-08:00:04.000|38=1|40=2|44=-1.5|555=2|600=FDBM|623=1|624=1|600=FDBQ|623=1|624=2"),
    ("x", "320=sl-1|559=4"),
    ("h", "336=1|340=2"),
    ("f", "55=FDBM|326=17"),
    ("BE", "923=u-1|924=3|553=trader|554=old|925=new"),
    ("BF", "923=u-1|553=trader|926=5"),
    ("3", "45=2|371=44|372=D|373=6|58=bad price"),
    ("j", "45=3|372=D|380=3|379=order-1|58=unknown"),
    ("B", "148=head|33=1|58=line|354=2|355=ab"),
    ("2", "7=1|16=0"),
    ("4", "123=Y|43=Y|36=5|122=20260102-08:00:00"),
    ("U7", "58=of our own|5001=x|9999=y"),
    ("5", "58=good night|1409=4"),
]


def fix_messages(version):
    """(message, from the client) of a session: each type once, in turn by client and server."""
    numbers = {True: 1, False: 1}
    for place, (kind, fields) in enumerate(FIX_MESSAGES):
        client = place % 2 == 0
        ends = "49=FIRM|56=VENUE" if client else "49=VENUE|56=FIRM"
        body = f"35={kind}|34={numbers[client]}|{ends}|52=20260102-08:00:00.{place:03}|{fields}|".replace("|", "\1")
        numbers[client] += 1
        message = f"8={version}\0019={len(body)}\1{body}".encode()
        yield message + b"10=%03d\1" % (sum(message) % 256), client
