#!/usr/bin/python3
"""plant.py: small Modbus/TCP plants on loopback, made of a real stack (pymodbus), for the demo and the tests.

plant.py run --site NAME=NET …      for each site a row of stations from NET.10 on, with units 1 to 3 each, and their master at
                                    NET.1, which polls measurements each second and sends a set point now and then, until ended
plant.py intrude --net NET          a stranger at NET.66 scans the unit identifiers of the first station, asks what it is, and
                                    then writes set points and coils in a burst; --source 20-90 makes it 71 strangers

NET is the first three octets of a loopback network, such as 127.10.1. Linux serves all of 127.0.0.0/8, so no set-up is needed."""
import argparse
import asyncio
import logging
import random
import sys
import threading
import time

from pymodbus.client import ModbusTcpClient
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.mei_message import ReadDeviceInformationRequest
from pymodbus.server.async_io import ModbusTcpServer
from pymodbus.transaction import ModbusSocketFramer

UNITS = (1, 2, 3)


def station(address, port):
    units = {
        unit: ModbusSlaveContext(
            di=ModbusSequentialDataBlock(1, [0] * 32),
            co=ModbusSequentialDataBlock(1, [1] * 32),
            hr=ModbusSequentialDataBlock(1, [2300 + unit] * 64),
            ir=ModbusSequentialDataBlock(1, [5000 + unit] * 64),
        )
        for unit in UNITS
    }
    identity = ModbusDeviceIdentification(
        info_name={"VendorName": "greywatch demo", "ProductCode": "BAY-1", "MajorMinorRevision": "1.0"}
    )
    return ModbusTcpServer(
        ModbusServerContext(slaves=units, single=False),
        framer=ModbusSocketFramer,
        identity=identity,
        address=(address, port),
        allow_reuse_address=True,
    )


def connect(source, address, port, timeout=2.0):
    client = ModbusTcpClient(address, port=port, source_address=(source, 0), timeout=2, retries=0)
    for _ in range(50):
        if client.connect():
            client.params.timeout = timeout  # its own parameter takes whole seconds only
            return client
        time.sleep(0.2)
    sys.exit(f"plant.py: no station answers at {address}:{port}")


def master(source, stations, port, period, seed):
    chance = random.Random(seed)
    clients = [connect(source, address, port) for address in stations]
    turn = 0
    while True:
        for client in clients:
            client.read_holding_registers(0, 10, slave=1)
            client.read_coils(0, 16, slave=2)
        if turn % 8 == 0:
            clients[turn // 8 % len(clients)].write_register(20, 400 + chance.randrange(20), slave=1)
        turn += 1
        time.sleep(period * chance.uniform(0.95, 1.05))


async def serve(arguments):
    servers = []
    for index, site in enumerate(arguments.site):
        name, _, net = site.partition("=")
        stations = [f"{net}.{10 + i}" for i in range(arguments.stations)]
        servers += [asyncio.ensure_future(station(address, arguments.port).serve_forever()) for address in stations]
        threading.Thread(
            target=master, args=(f"{net}.1", stations, arguments.port, arguments.period, index), daemon=True
        ).start()
        print(f"{name}: stations {stations[0]} to {stations[-1]}, port {arguments.port}, master {net}.1", flush=True)
    await asyncio.gather(*servers)


def run(arguments):
    asyncio.run(serve(arguments))


def hosts(text):
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def intrude(arguments):
    for host in arguments.source:
        intrude_from(f"{arguments.net}.{host}", arguments)


def intrude_from(source, arguments):
    # This stack's server stays silent for units it does not have: the scan waits a moment and goes on.
    client = connect(source, f"{arguments.net}.10", arguments.port, timeout=0.15)
    for unit in range(1, arguments.units + 1):
        client.read_holding_registers(0, 1, slave=unit)
        time.sleep(arguments.pause)
    client.execute(ReadDeviceInformationRequest(read_code=1, object_id=0, unit=1))
    for turn in range(arguments.writes):
        client.write_registers(20, [0, 0, 65535], slave=1 + turn % len(UNITS))
        client.write_coil(turn % 16, False, slave=1 + turn % len(UNITS))
        time.sleep(arguments.pause)
    client.close()
    print(f"{source}: scanned {arguments.units} units, wrote {2 * arguments.writes} times", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    plant = commands.add_parser("run")
    plant.add_argument("--site", action="append", required=True, metavar="NAME=NET")
    plant.add_argument("--stations", type=int, default=32, help="at each site")
    plant.add_argument("--period", type=float, default=1.0, help="seconds between two polls")
    plant.set_defaults(act=run)
    intruder = commands.add_parser("intrude")
    intruder.add_argument("--net", required=True)
    intruder.add_argument(
        "--source", type=hosts, default=hosts("66"), metavar="HOST[-HOST]", help="last octet, one stranger after the other"
    )
    intruder.add_argument("--units", type=int, default=24)
    intruder.add_argument("--writes", type=int, default=30)
    intruder.add_argument("--pause", type=float, default=0.05)
    intruder.set_defaults(act=intrude)
    for command in (plant, intruder):
        command.add_argument("--port", type=int, default=1502)
    arguments = parser.parse_args()
    # A station that answers with an exception is what the scan is for: the stack's complaints stay quiet.
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    try:
        arguments.act(arguments)
    except KeyboardInterrupt:
        pass


main()
