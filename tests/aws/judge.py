"""
Judges what the functions send to AWS by botocore: by its models of the services, its serializers, its signer and its
endpoints. Reads JSON from the standard input, and writes a JSON list of verdicts: what each is about, and its faults.
"""

import base64
import hashlib
import json
import re
import sys
from urllib.parse import parse_qsl

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.endpoint_provider import EndpointProvider
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

session = botocore.session.get_session()
loader = session.get_component('data_loader')
partitions = loader.load_data('partitions')


def main():
    given = json.load(sys.stdin)
    verdicts = [judge_request(request, given) for request in given['requests']]
    verdicts += [judge_endpoint(*found) for found in given['endpoints']]
    verdicts += [judge_console(partition, given['consoles']) for partition in partitions['partitions']]
    json.dump(verdicts, sys.stdout)


def judge_request(request, given):
    headers = request['headers']
    body = base64.b64decode(request['body'])
    model, operation, params, protocol = read(headers, body)
    name = f'{model.service_name} {operation.name}'
    report = ParamValidator().validate(params, operation.input_shape)
    if report.has_errors():
        return name, [report.generate_report()]
    faults = broken_limits(params, operation.input_shape, operation.name)
    if protocol not in model.metadata.get('protocols', [model.metadata['protocol']]):
        faults.append(f'protocol {protocol}')
    faults += differences(request, body, create_serializer(protocol).serialize_to_request(params, operation))
    faults += signature_faults(request, body, model.signing_name, given)
    return name, faults


SERVICES = ['ses', 'sns', 'sqs', 'dynamodb', 'ssm', 'pinpoint-sms-voice-v2']
models = [session.get_service_model(name) for name in SERVICES]


def read(headers, body):
    """The service's model, the operation's, the input, and the protocol it came in."""
    if 'x-amz-target' in headers:
        prefix, _, name = headers['x-amz-target'].partition('.')
        model = next(model for model in models if model.metadata.get('targetPrefix') == prefix)
        return model, model.operation_model(name), json.loads(body), 'json'
    form = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
    model = next(
        model
        for model in models
        if model.api_version == form['Version'] and form['Action'] in model.operation_names
    )
    operation = model.operation_model(form['Action'])
    return model, operation, from_query(form, operation.input_shape, '') or {}, 'query'


def from_query(form, shape, prefix):
    """What AWS Query wrote as a form. Whatever it does not find again is missing when botocore writes the form anew."""
    if shape.type_name == 'structure':
        members = {
            name: from_query(form, member, f'{prefix}{member.serialization.get("name", name)}.')
            for name, member in shape.members.items()
        }
        return {name: value for name, value in members.items() if value is not None} or None
    if shape.type_name == 'list':
        flat = shape.serialization.get('flattened')
        items = prefix if flat else f'{prefix}{shape.member.serialization.get("name", "member")}.'
        return numbered(form, items, lambda at: from_query(form, shape.member, at))
    if shape.type_name == 'map':
        items = prefix if shape.serialization.get('flattened') else f'{prefix}entry.'
        key, value = (side.serialization.get('name', name) for side, name in ((shape.key, 'key'), (shape.value, 'value')))
        pairs = numbered(
            form,
            items,
            lambda at: (form.get(f'{at}{key}'), from_query(form, shape.value, f'{at}{value}.')),
        )
        return pairs and dict(pairs)
    text = form.get(prefix[:-1])
    if text is None:
        return None
    if shape.type_name in ('integer', 'long'):
        return int(text)
    return text == 'true' if shape.type_name == 'boolean' else text


def numbered(form, prefix, read_one):
    found = []
    while any(key.startswith(f'{prefix}{len(found) + 1}.') or key == f'{prefix}{len(found) + 1}' for key in form):
        found.append(read_one(f'{prefix}{len(found) + 1}.'))
    return found or None


def broken_limits(value, shape, path):
    """What of a model botocore itself leaves to the service: lengths, ranges, patterns and enumerations."""
    if shape.type_name == 'structure':
        return [
            fault
            for name, member in shape.members.items()
            if name in value
            for fault in broken_limits(value[name], member, f'{path}.{name}')
        ]
    if shape.type_name == 'list':
        return [fault for item in value for fault in broken_limits(item, shape.member, f'{path}[]')]
    if shape.type_name == 'map':
        return [
            fault
            for key, item in value.items()
            for fault in broken_limits(key, shape.key, f'{path} key') + broken_limits(item, shape.value, f'{path}.{key}')
        ]
    limits = shape.metadata
    size = value if isinstance(value, (int, float)) else len(value)
    faults = []
    if size < limits.get('min', size) or size > limits.get('max', size):
        faults.append(f'{path} is not within {limits.get("min")} and {limits.get("max")}')
    if 'enum' in limits and value not in limits['enum']:
        faults.append(f'{path} is none of {limits["enum"]}')
    if 'pattern' in limits and not fits(limits['pattern'], value):
        faults.append(f'{path} does not match {limits["pattern"]}')
    return faults


def fits(pattern, text):
    try:
        return re.search(pattern, text) is not None
    except re.error:
        # A pattern in a dialect that Python has not.
        return True


def differences(request, body, written):
    """Between a request and the one that botocore writes from the same input."""
    faults = []
    if (request['method'], request['path']) != (written['method'], written['url_path']):
        faults.append(f'{request["method"]} {request["path"]}')
    if isinstance(written['body'], dict):
        form = {key: text(value) for key, value in written['body'].items()}
        if form != dict(parse_qsl(body.decode(), keep_blank_values=True)):
            faults.append(f'the form, where botocore has {form}')
    elif json.loads(written['body']) != json.loads(body):
        faults.append(f'the body, where botocore has {written["body"]}')
    for name, value in written['headers'].items():
        found = request['headers'].get(name.lower(), '')
        if found.split(';')[0] != value.split(';')[0]:
            faults.append(f'header {name} {found}, where botocore has {value}')
    return faults


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


AUTHORIZATION = re.compile(
    r'AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, '
    r'SignedHeaders=(?P<signed>[^,]+), Signature=(?P<signature>[0-9a-f]{64})'
)


def signature_faults(request, body, signing_name, given):
    headers = request['headers']
    found = AUTHORIZATION.fullmatch(headers.get('authorization', ''))
    if found is None:
        return ['no signature of version 4']
    signed = found['signed'].split(';')
    must = ['host', 'x-amz-date'] + [name for name in headers if name.startswith('x-amz-') or name == 'content-type']
    faults = [f'{name} is not signed' for name in sorted(set(must) - set(signed))]
    scope = (found['key'], found['region'], found['service'], headers.get('x-amz-security-token'))
    credentials = given['credentials']
    if scope != (credentials['accessKeyId'], given['region'], signing_name, credentials['sessionToken']):
        faults.append(f'the scope {scope}')
    if headers.get('x-amz-content-sha256', hashlib.sha256(body).hexdigest()) != hashlib.sha256(body).hexdigest():
        faults.append('x-amz-content-sha256 is not of the body')
    again = AWSRequest(
        method=request['method'],
        url=f'http://{headers["host"]}{request["path"]}',
        headers={name: headers[name] for name in signed},
        data=body,
    )
    again.context['timestamp'] = headers['x-amz-date']
    signer = SigV4Auth(
        Credentials(credentials['accessKeyId'], credentials['secretAccessKey']), found['service'], found['region']
    )
    to_sign = signer.string_to_sign(again, signer.canonical_request(again))
    if signer.signature(to_sign, again) != found['signature']:
        faults.append('another signature than botocore makes')
    return faults


def endpoint(service, region):
    rules = loader.load_service_model(service, 'endpoint-rule-set-1')
    return EndpointProvider(rules, partitions).resolve_endpoint(Region=region, UseFIPS=False, UseDualStack=False).url


def judge_endpoint(service, region, url):
    expected = endpoint(service, region)
    return f'endpoints in {region}', [] if url == expected else [f'{url}, not {expected}']


def judge_console(partition, consoles):
    """A partition's console has the domain of its sign-in."""
    region = next(name for name in partition['regions'] if not name.endswith('-global'))
    _, _, domain = endpoint('signin', region).partition('signin.')
    found = consoles.get(partition['id'])
    faults = [] if found == f'console.{domain}' else [f'{found}, not console.{domain}']
    return f'the console of {partition["id"]}', faults


main()
