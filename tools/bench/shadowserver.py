"""Times IntelMQ's own Shadowserver parser on one report, in process, as its library mode runs a bot: no broker, no log.

    INTELMQ_ROOT_DIR=ROOT python shadowserver.py scan_dns.csv        the schema is ROOT/var/lib/bots/shadowserver-schema.json

Loading the program, the schema and the file is not timed; parsing and writing each event as JSON, which a bot does with
all that it sends on, are. Prints one JSON object. Exit 1: a line gave no event.
"""
import base64, json, logging, os, sys, time

logging.disable(logging.CRITICAL)
from intelmq import __version__
from intelmq.bots.parsers.shadowserver.parser import ShadowserverParserBot
from intelmq.lib.bot import BotLibSettings

path = sys.argv[1]
with open(path, 'rb') as file:
    raw = file.read()
bot = ShadowserverParserBot('shadowserver', settings=BotLibSettings)
report = {'raw': base64.b64encode(raw).decode(), 'extra.file_name': os.path.basename(path),
          'time.observation': '2026-03-25T00:00:00+00:00', '__type': 'Report'}
wall, cpu = time.perf_counter(), time.process_time()
output = bot.process_message(report)['output']
with open(os.devnull, 'w') as sink:
    for event in output:
        sink.write(event.serialize() + '\n')
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(json.dumps({'version': __version__, 'events': len(output), 'seconds': wall, 'cpu': cpu}))
sys.stdout.flush()
os._exit(0 if len(output) == raw.count(b'\n') - 1 else 1)  # the bot ends the process with a status of its own
