"""Microsoft's own clients talk to the simulated Graph: every call that the gateway makes, and what is refused.

usage: graph_conversation.py SETTINGS, a JSON file with the tenant's address, registrations, account and people.
Every request and answer is judged by the OpenAPI description that SETTINGS names, if it is there.
"""
import asyncio
import base64
import json
import ssl
import sys
import time
import urllib.parse
import warnings
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import msal
import requests
from azure.core.credentials import AccessToken
from kiota_abstractions.api_error import APIError
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.communications.get_presences_by_user_id.get_presences_by_user_id_post_request_body import (
    GetPresencesByUserIdPostRequestBody)
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.presence_status_message import PresenceStatusMessage
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.users.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.users.item.presence.clear_presence.clear_presence_post_request_body import (
    ClearPresencePostRequestBody)
from msgraph.generated.users.item.presence.set_presence.set_presence_post_request_body import SetPresencePostRequestBody
from msgraph.generated.users.item.presence.set_status_message.set_status_message_post_request_body import (
    SetStatusMessagePostRequestBody)
from msgraph.generated.users.item.presence.set_user_preferred_presence.set_user_preferred_presence_post_request_body import (
    SetUserPreferredPresencePostRequestBody)
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core import GraphClientFactory

from notification_listener import Listener
from openapi_judge import OpenAPIJudge, shorten

TEAMS_PLAN = "57ff2da0-773e-42df-b2af-ffb7a2317929"
warnings.filterwarnings("ignore", category=DeprecationWarning)


class LoginSession(requests.Session):
    """MSAL drops the port when it asks for the user's realm; Microsoft has only one."""

    def __init__(self, settings):
        super().__init__()
        # Proxies and authorities of the environment do not concern a tenant on loopback.
        self.trust_env = False
        self.verify = settings["trust"]
        self.base = settings["url"]

    def request(self, method, url, **options):
        parts = urllib.parse.urlsplit(url)
        if parts.hostname == "localhost" and parts.port is None:
            url = self.base + parts.path + (f"?{parts.query}" if parts.query else "")
        return super().request(method, url, **options)


class FixedCredential:
    def __init__(self, token):
        self.token = token

    def get_token(self, *scopes, **options):
        return AccessToken(self.token, int(time.time()) + 3000)


class Conversation:
    def __init__(self, settings):
        self.settings = settings
        self.steps = []
        path = settings.get("openapi")
        self.judge = OpenAPIJudge(path) if path and Path(path).exists() else None
        self.judged = 0

    def done(self, step):
        self.steps.append(step)

    # Sign-in, by MSAL

    @property
    def authority(self):
        return f"{self.settings['url']}/{self.settings['tenant']}"

    def public(self):
        return msal.PublicClientApplication(
            self.settings["reading"], authority=self.authority, instance_discovery=False,
            http_client=LoginSession(self.settings))

    def confidential(self, credential):
        return msal.ConfidentialClientApplication(
            self.settings["writing"]["id"], client_credential=credential, authority=self.authority,
            instance_discovery=False, http_client=LoginSession(self.settings))

    def scopes(self, *names):
        return [f"https://graph.microsoft.com/{name}" for name in names]

    def sign_in(self):
        account, public = self.settings["account"], self.public()
        wanted = self.scopes("Presence.Read.All", "User.Read.All")
        answer = public.acquire_token_by_username_password(account["username"], account["password"], wanted)
        assert "access_token" in answer and "refresh_token" in answer, answer
        self.done("password grant")
        known = public.get_accounts(account["username"])
        assert len(known) == 1, known
        fresh = public.acquire_token_silent_with_error(wanted, known[0], force_refresh=True)
        assert "access_token" in fresh, fresh
        self.done("refresh token")
        wrong = self.public().acquire_token_by_username_password(account["username"], "wrong", wanted)
        assert wrong["error"] == "invalid_grant" and 50126 in wrong["error_codes"], wrong
        self.done("wrong password refused")
        device = self.public()
        flow = device.initiate_device_flow(wanted)
        assert flow.get("user_code") and flow["verification_uri"].endswith("/devicelogin"), flow
        waiting = device.acquire_token_by_device_flow(flow, exit_condition=lambda flow: True)
        assert waiting["error"] == "authorization_pending" and 70016 in waiting["error_codes"], waiting
        self.done("device code pending")
        typed = {"user_code": flow["user_code"], "username": account["username"]}
        LoginSession(self.settings).post(flow["verification_uri"], data=typed).raise_for_status()
        answer = device.acquire_token_by_device_flow(flow)
        assert "access_token" in answer and "refresh_token" in answer, answer
        assert answer["id_token_claims"]["preferred_username"] == account["username"], answer
        known = device.get_accounts(account["username"])
        answer = device.acquire_token_silent_with_error(wanted, known[0], force_refresh=True)
        assert "access_token" in answer, answer
        self.done("device code")
        flow = device.initiate_device_flow(wanted)
        LoginSession(self.settings).post(
            flow["verification_uri"], data={"user_code": flow["user_code"]}).raise_for_status()
        declined = device.acquire_token_by_device_flow(flow)
        assert declined["error"] == "authorization_declined", declined
        self.done("device code declined")
        application = self.confidential(self.settings["writing"]["secret"])
        app = application.acquire_token_for_client(["https://graph.microsoft.com/.default"])
        assert "access_token" in app, app
        self.done("client secret")
        wrong = self.confidential("wrong").acquire_token_for_client(["https://graph.microsoft.com/.default"])
        assert wrong["error"] == "invalid_client" and 7000215 in wrong["error_codes"], wrong
        self.done("wrong secret refused")
        certificate = self.settings.get("certificate")
        if certificate:
            pem = Path(certificate["certificate"]).read_text()
            answer = self.confidential({
                "private_key": Path(certificate["key"]).read_text(), "public_certificate": pem,
            }).acquire_token_for_client(["https://graph.microsoft.com/.default"])
            assert "access_token" in answer, answer
            self.done("certificate")
        return answer_token(fresh), answer_token(app)

    # Graph, by msgraph-sdk

    def client(self, token):
        async def judge(response):
            await response.aread()
            await self.check(response)

        http = httpx.AsyncClient(
            trust_env=False, verify=ssl.create_default_context(cafile=self.settings["trust"]), event_hooks={"response": [judge]})
        provider = AzureIdentityAuthenticationProvider(FixedCredential(token), allowed_hosts=["localhost"])
        adapter = GraphRequestAdapter(
            provider, client=GraphClientFactory.create_with_default_middleware(client=http, host=self.settings["url"]))
        adapter.base_url = f"{self.settings['url']}/v1.0"
        return GraphServiceClient(request_adapter=adapter)

    async def check(self, response):
        if self.judge is None:
            return
        request, url = response.request, response.request.url
        path, query = url.path, url.query.decode()
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = request.content
        fault = self.judge.request(request.method, path, query, headers, body) if response.status_code < 400 else None
        fault = fault or self.judge.answer(
            request.method, path, query, headers, body, response.status_code,
            {name.lower(): value for name, value in response.headers.items()}, response.content)
        assert fault is None, f"{request.method} {path} {response.status_code}: {fault}; {shorten(response.text)}"
        self.judged += 1

    async def refused(self, status, call, step):
        try:
            await call
        except APIError as error:
            assert error.response_status_code == status, (step, error.response_status_code, error)
            self.done(step)
        else:
            raise AssertionError(f"{step}: was not refused")

    async def users(self, graph):
        people = self.settings["people"]
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            select=["id", "displayName", "userPrincipalName", "mail", "accountEnabled"], top=3, count=True,
            filter=f"assignedPlans/any(c:c/servicePlanId eq {TEAMS_PLAN} and c/capabilityStatus eq 'Enabled')")
        options = UsersRequestBuilder.UsersRequestBuilderGetRequestConfiguration(query_parameters=query)
        options.headers.add("ConsistencyLevel", "eventual")
        page = await graph.users.get(request_configuration=options)
        found = []
        while True:
            found += [user.id for user in page.value]
            if not page.odata_next_link:
                break
            follow = UsersRequestBuilder.UsersRequestBuilderGetRequestConfiguration()
            follow.headers.add("ConsistencyLevel", "eventual")
            page = await graph.users.with_url(page.odata_next_link).get(request_configuration=follow)
        assert set(people) <= set(found), (people, found)
        self.done("users in pages")
        user = await graph.users.by_user_id(people[0]).get()
        assert user.id == people[0] and user.user_principal_name, user
        self.done("one user")
        await self.refused(404, graph.users.by_user_id("00000000-0000-4000-8000-00000000dead").get(), "unknown user")
        query = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(select=["id", "displayName"])
        page = await graph.users.delta.get(
            request_configuration=DeltaRequestBuilder.DeltaRequestBuilderGetRequestConfiguration(query_parameters=query))
        while page.odata_next_link:
            page = await graph.users.delta.with_url(page.odata_next_link).get()
        assert page.odata_delta_link, page
        page = await graph.users.delta.with_url(page.odata_delta_link).get()
        assert page.value == [] and page.odata_delta_link, page
        self.done("users delta")

    async def shown(self, graph, person):
        presence = await graph.users.by_user_id(person).presence.get()
        return f"{presence.availability}/{presence.activity}"

    async def reading(self, graph):
        people = self.settings["people"]
        body = GetPresencesByUserIdPostRequestBody(ids=list(people))
        answer = await graph.communications.get_presences_by_user_id.post(body)
        assert {presence.id for presence in answer.value} == set(people), answer
        assert all(presence.availability == "Available" for presence in answer.value), answer.value
        self.done("presences by id")
        many = GetPresencesByUserIdPostRequestBody(ids=[people[0]] * 651)
        await self.refused(400, graph.communications.get_presences_by_user_id.post(many), "651 ids refused")
        assert await self.shown(graph, people[0]) == "Available/Available"
        presence = await graph.communications.presences.by_presence_id(people[0]).get()
        assert presence.id == people[0] and presence.sequence_number, presence
        self.done("one presence")

    async def writing(self, graph, reader):
        person, app = self.settings["people"][1], self.settings["writing"]["id"]
        presence = graph.users.by_user_id(person).presence

        def session(availability, activity, duration):
            body = SetPresencePostRequestBody(session_id=app, availability=availability, activity=activity)
            body.additional_data = {"expirationDuration": duration}
            return presence.set_presence.post(body)

        await session("Busy", "InACall", "PT10M")
        assert await self.shown(reader, person) == "Busy/InACall"
        self.done("set presence")
        await self.refused(400, session("Busy", "Busy", "PT10M"), "wrong pair refused")
        await self.refused(400, session("Busy", "InACall", "PT4M"), "too short a session refused")
        await self.refused(400, session("Busy", "InACall", "PT5H"), "too long a session refused")
        # The SDK writes a timedelta as 1:05:00, which is not ISO 8601.
        body = SetPresencePostRequestBody(
            session_id=app, availability="Busy", activity="InACall", expiration_duration=timedelta(minutes=65))
        await self.refused(400, presence.set_presence.post(body), "duration of the SDK refused")
        preferred = SetUserPreferredPresencePostRequestBody(availability="DoNotDisturb", activity="DoNotDisturb")
        preferred.additional_data = {"expirationDuration": "PT8H"}
        await presence.set_user_preferred_presence.post(preferred)
        assert await self.shown(reader, person) == "DoNotDisturb/DoNotDisturb"
        self.done("set preferred presence")
        await presence.clear_user_preferred_presence.post()
        await presence.clear_user_preferred_presence.post()
        assert await self.shown(reader, person) == "Busy/InACall"
        self.done("clear preferred presence")
        await presence.clear_presence.post(ClearPresencePostRequestBody(session_id=app))
        assert await self.shown(reader, person) == "Available/Available"
        self.done("clear presence")
        await self.refused(
            404, presence.clear_presence.post(ClearPresencePostRequestBody(session_id=app)), "nothing to clear")
        message = PresenceStatusMessage(
            message=ItemBody(content="Out for lunch", content_type=BodyType.Text),
            expiry_date_time=DateTimeTimeZone(date_time="2099-01-01T12:00:00", time_zone="UTC"))
        await presence.set_status_message.post(SetStatusMessagePostRequestBody(status_message=message))
        told = await reader.users.by_user_id(person).presence.get()
        assert told.status_message.message.content == "Out for lunch", told
        # Microsoft tells the expiry to the person only.
        assert told.status_message.expiry_date_time is None, told.status_message
        self.done("set status message")
        message.message.content = ""
        message.expiry_date_time = None
        await presence.set_status_message.post(SetStatusMessagePostRequestBody(status_message=message))
        told = await reader.users.by_user_id(person).presence.get()
        assert told.status_message is None, told
        self.done("clear status message")
        await self.refused(
            403, reader.users.by_user_id(person).presence.clear_user_preferred_presence.post(), "reader may not write")

    async def subscriptions(self, graph, writer):
        people, listener = self.settings["people"], Listener(self.settings)

        def draft(minutes=30):
            der = ssl.PEM_cert_to_DER_cert(Path(self.settings["encryption"]).read_text())
            return Subscription(
                change_type="updated", notification_url=listener.url, lifecycle_notification_url=listener.url,
                resource="/communications/presences?$filter=id in ({})".format(",".join(f"'{p}'" for p in people)),
                expiration_date_time=datetime.now(timezone.utc) + timedelta(minutes=minutes), client_state="state",
                include_resource_data=True, encryption_certificate=base64.b64encode(der).decode(),
                encryption_certificate_id="key-1")

        made = await graph.subscriptions.post(draft())
        assert made.id and listener.handshakes >= 1, made
        self.done("subscribe, with the handshake")
        await self.refused(409, graph.subscriptions.post(draft()), "second subscription refused")
        await self.refused(403, writer.subscriptions.post(draft()), "application may not subscribe")
        await self.refused(400, graph.subscriptions.post(draft(minutes=120)), "too long a subscription refused")
        body = SetPresencePostRequestBody(
            session_id=self.settings["writing"]["id"], availability="DoNotDisturb", activity="Presenting")
        await writer.users.by_user_id(people[2]).presence.set_presence.post(body)
        await asyncio.to_thread(listener.wait, lambda: listener.posts)
        note = listener.posts[0]
        item = note["value"][0]
        assert item["clientState"] == "state" and item["subscriptionId"] == made.id and note["validationTokens"], note
        assert item["encryptedContent"]["encryptionCertificateId"] == "key-1", item
        self.done("notification")
        listed = await graph.subscriptions.get()
        assert [one.id for one in listed.value] == [made.id], listed.value
        self.done("list subscriptions")
        later = datetime.now(timezone.utc) + timedelta(minutes=50)
        renewed = await graph.subscriptions.by_subscription_id(made.id).patch(Subscription(expiration_date_time=later))
        assert abs((renewed.expiration_date_time - later).total_seconds()) < 60, renewed
        self.done("renew")
        read = await graph.subscriptions.by_subscription_id(made.id).get()
        assert read.expiration_date_time == renewed.expiration_date_time, (read, renewed)
        await graph.subscriptions.by_subscription_id(made.id).reauthorize.post()
        self.done("reauthorize")
        await graph.subscriptions.by_subscription_id(made.id).delete()
        await self.refused(404, graph.subscriptions.by_subscription_id(made.id).delete(), "deleted subscription is gone")
        assert (await graph.subscriptions.get()).value == []
        self.done("delete subscription")

    async def run(self):
        user_token, app_token = self.sign_in()
        reader, writer = self.client(user_token), self.client(app_token)
        await self.refused(401, self.client("nonsense").users.get(), "wrong token refused")
        await self.users(reader)
        await self.reading(reader)
        await self.writing(writer, reader)
        await self.subscriptions(reader, writer)


def answer_token(answer):
    return answer["access_token"]


if __name__ == "__main__":
    conversation = Conversation(json.loads(Path(sys.argv[1]).read_text()))
    try:
        asyncio.run(conversation.run())
    finally:
        print(json.dumps({"steps": conversation.steps, "judged": conversation.judged}))
